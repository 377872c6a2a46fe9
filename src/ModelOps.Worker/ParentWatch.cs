namespace ModelOps.Worker;

/// <summary>Stops when the process that started this one is gone: its end of standard input closes.</summary>
internal static class ParentWatch
{
    public static void Start(CancellationTokenSource cancellation)
    {
        var thread = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            var buffer = new byte[64];
            while (input.Read(buffer) > 0)
            {
                // Nothing is ever sent; only the end matters.
            }

            try
            {
                cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The run ended first.
            }
        })
        { IsBackground = true, Name = "parent watch" };
        thread.Start();
    }
}
