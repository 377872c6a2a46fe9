using System.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker.Tests;

/// <summary>The real worker in a process of its own.</summary>
internal sealed class WorkerRun : IDisposable
{
    private readonly Process _process;

    private WorkerRun(string argument, bool watchesStdin, string? worker = null)
    {
        var start = new ProcessStartInfo("dotnet", [worker ?? Path.Combine(AppContext.BaseDirectory, "ModelOps.Worker.dll"), argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (watchesStdin)
            start.Environment["MODELOPS_WORKER_PARENT"] = "stdin";
        _process = Process.Start(start)!;
    }

    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    public List<WorkerEvent> Events { get; } = [];

    public ResultEvent Result => Assert.IsType<ResultEvent>(Events[^1]);

    public ErrorEvent Error => Assert.IsType<ErrorEvent>(Assert.Single(Events, e => e is ErrorEvent));

    public static WorkerRun Start(WorkerRequest request, string folder, bool watchesStdin = false)
    {
        string path = Path.Combine(folder, $"request-{Guid.NewGuid():N}.json");
        request.Write(path);
        return new WorkerRun(path, watchesStdin);
    }

    /// <summary>Runs to the end and checks the exit code.</summary>
    public static WorkerRun Complete(WorkerRequest request, string folder, int expectedExitCode = WorkerExitCode.Done)
    {
        var run = Start(request, folder);
        run.Finish(expectedExitCode);
        return run;
    }

    /// <summary>The same by another worker.</summary>
    public static WorkerRun CompleteWith(string worker, WorkerRequest request, string folder)
    {
        string path = Path.Combine(folder, $"request-{Guid.NewGuid():N}.json");
        request.Write(path);
        var run = new WorkerRun(path, watchesStdin: false, worker);
        run.Finish(WorkerExitCode.Done);
        return run;
    }

    public static WorkerRun CompleteFile(string path, int expectedExitCode)
    {
        var run = new WorkerRun(path, watchesStdin: false);
        run.Finish(expectedExitCode);
        return run;
    }

    /// <summary>Reads events until one of a kind arrives.</summary>
    public T WaitFor<T>()
        where T : WorkerEvent
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            Events.Add(WorkerEvent.Parse(line)!);
            if (Events[^1] is T found)
                return found;
        }

        throw new InvalidOperationException($"the worker ended without a {typeof(T).Name}: {_process.StandardError.ReadToEnd()}");
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Finish(int expectedExitCode)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
            Events.Add(WorkerEvent.Parse(line)!);
        string errors = _process.StandardError.ReadToEnd();
        _process.WaitForExit();
        Assert.True(_process.ExitCode == expectedExitCode, $"exit code {_process.ExitCode}, expected {expectedExitCode}: {errors} {string.Join('\n', Events)}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
