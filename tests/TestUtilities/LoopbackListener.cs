using System.Net;
using System.Net.Sockets;

namespace ModelOps.TestUtilities;

/// <summary>An HTTP listener on a port of the system's choice.</summary>
internal static class LoopbackListener
{
    /// <summary>Starts it and returns its address, with a slash at the end.</summary>
    public static string Start(HttpListener listener)
    {
        // Another process may take the port in between, so a few are tried.
        for (int attempt = 0; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            string root = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            try
            {
                listener.Prefixes.Clear();
                listener.Prefixes.Add(root);
                listener.Start();
                return root;
            }
            catch (HttpListenerException) when (attempt < 10)
            {
            }
        }
    }
}
