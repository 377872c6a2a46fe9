using System.Diagnostics;

namespace ModelOps.Core.Tests;

/// <summary>This assembly as a process of its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    public ChildProcess(params string[] arguments)
        : this([], arguments)
    {
    }

    /// <param name="wrapper">A command that runs the command behind it.</param>
    public ChildProcess(string[] wrapper, string[] arguments)
    {
        // The test host may itself be an apphost; the muxer starts a plain assembly.
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? Environment.ProcessPath! : "dotnet";
        string[] command = [.. wrapper, host, typeof(ChildProcess).Assembly.Location, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // Its mapping is a file, which a limit on the size of files would stop.
        _process = Process.Start(start)!;
        Id = _process.Id;
    }

    public int Id { get; }

    public void Expect(string line)
    {
        string? said = _process.StandardOutput.ReadLine();
        Assert.True(said == line, $"said '{said}': {(said is null ? _process.StandardError.ReadToEnd() : "")}");
    }

    /// <summary>The next line; null at the end.</summary>
    public string? Read() => _process.StandardOutput.ReadLine();

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
