import CTIProxyShell

ProxyProgram.main(.stat)
