import CTIProxyShell

ProxyProgram.main(.save)
