import CTIProxyShell

ProxyProgram.main(.spy)
