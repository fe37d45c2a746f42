import HeapModule
import TandemCore

/// Dijkstra over the link-state database. A link counts only when both ends announce it (two-way check). Equal costs
/// are decided by fewer hops, then by the smaller name of the site before, so that the result depends on nothing but
/// the database.
enum ShortestPaths {
    /// Routes from one site to all others, in the order of their names.
    static func routes(from root: SiteID, over database: LinkStateDatabase) -> OrderedMap<SiteID, Route> {
        let sites = database.sites
        var numbers: [SiteID: Int] = [:]
        numbers.reserveCapacity(sites.count)
        for (number, site) in sites.enumerated() { numbers[site] = number }
        guard let start = numbers[root] else { return OrderedMap() }

        let links = confirmedLinks(database, numbers: numbers, count: sites.count)
        var cost = [Int](repeating: .max, count: sites.count)
        var hops = [Int](repeating: .max, count: sites.count)
        var before = [Int](repeating: -1, count: sites.count)
        var done = [Bool](repeating: false, count: sites.count)
        cost[start] = 0
        hops[start] = 0
        var queue: Heap = [Candidate(cost: 0, hops: 0, site: start)]
        while let next = queue.popMin() {
            guard !done[next.site] else { continue }
            done[next.site] = true
            for link in links[next.site] where !done[link.to] {
                let (sum, overflow) = cost[next.site].addingReportingOverflow(link.cost)
                guard !overflow else { continue }
                let length = hops[next.site] + 1
                // `sites` is sorted, so the smaller number is the smaller name.
                if (sum, length, next.site) < (cost[link.to], hops[link.to], before[link.to]) {
                    cost[link.to] = sum
                    hops[link.to] = length
                    before[link.to] = next.site
                    queue.insert(Candidate(cost: sum, hops: length, site: link.to))
                }
            }
        }

        var routes = OrderedMap<SiteID, Route>()
        for (number, site) in sites.enumerated() where number != start && done[number] {
            var path: [SiteID] = []
            var place = number
            while place != start {
                path.append(sites[place])
                place = before[place]
            }
            path.reverse()
            routes[site] = Route(site: site, nextHop: path[0], cost: cost[number], path: path)
        }
        return routes
    }

    private struct Edge {
        let to: Int
        let cost: Int
    }

    private static func confirmedLinks(
        _ database: LinkStateDatabase, numbers: [SiteID: Int], count: Int
    ) -> [[Edge]] {
        var announced = [[Edge]](repeating: [], count: count)
        var pairs = Set<UInt64>()
        for (from, advertisement) in database.all.enumerated() {
            for neighbour in advertisement.neighbours {
                guard let to = numbers[neighbour.site], to != from else { continue }
                announced[from].append(Edge(to: to, cost: max(1, neighbour.cost)))
                pairs.insert(UInt64(from) << 32 | UInt64(to))
            }
        }
        for from in 0..<count {
            announced[from].removeAll { !pairs.contains(UInt64($0.to) << 32 | UInt64(from)) }
        }
        return announced
    }

    private struct Candidate: Comparable {
        let cost: Int
        let hops: Int
        let site: Int

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.cost, left.hops, left.site) < (right.cost, right.hops, right.site)
        }
    }
}
