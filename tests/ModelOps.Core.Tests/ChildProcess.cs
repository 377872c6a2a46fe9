using System.Diagnostics;

namespace ModelOps.Core.Tests;

/// <summary>This assembly as a process of its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    public ChildProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test host may itself be an apphost; the muxer starts a plain assembly.
        if (!Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.FileName = "dotnet";
        }

        _process = Process.Start(start)!;
        Id = _process.Id;
    }

    public int Id { get; }

    public void Expect(string line)
    {
        string? said = _process.StandardOutput.ReadLine();
        Assert.True(said == line, $"said '{said}': {(said is null ? _process.StandardError.ReadToEnd() : "")}");
    }

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
