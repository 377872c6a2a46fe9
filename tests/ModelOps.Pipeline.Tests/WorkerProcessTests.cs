using System.Diagnostics;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Tests;

public sealed class WorkerProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Result_and_progress_come_back()
    {
        ResultEvent result = Run("").Result;
        Assert.Equal(1, result.Steps);
        StageProgress step = Assert.Single(_log.Steps);
        Assert.Equal(("Train", 1L, 1L, "loss 0.500, 1000 tokens/s"), (step.Stage, step.Done, step.Total, step.Detail));
        Assert.True(File.Exists(_folder["out/adapter_model.safetensors"]));
        Assert.DoesNotContain(Directory.GetFiles(_folder["work"]), f => f.Contains("request", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("crash", "MOPS3003", "segmentation fault")]
    [InlineData("noresult", "MOPS3004", "no result")]
    [InlineData("babble", "MOPS3005", "this is no event")]
    [InlineData("error", "MOPS3101", "not a number")]
    public void Misbehaviour_has_its_code(string way, string code, string words)
    {
        Diagnostic failure = Assert.Throws<DiagnosticException>(() => Run(way)).Diagnostic;
        Assert.Equal(code, failure.Code);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void Last_words_are_kept() => Assert.Contains("the last words of a worker", Assert.Throws<DiagnosticException>(() => Run("crash")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("hang", 4)]
    [InlineData("deaf", 12)]
    public void Cancelling_ends_the_worker_whether_it_listens_or_not(string way, int seconds)
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));
        var clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => Run(way, cancellation.Token));
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, seconds);
    }

    [Fact]
    public void Missing_worker_is_named()
    {
        var host = new WorkerHost(_folder["nothing.dll"], "dotnet", _folder["work"]);
        Assert.Equal("MOPS3001", Assert.Throws<DiagnosticException>(() => WorkerProcess.Run(host, Request(), "Train", _log, CancellationToken.None)).Diagnostic.Code);
    }

    [Fact]
    public void File_that_is_no_program_is_named()
    {
        var host = new WorkerHost(_folder.Write("worker", "text"), "dotnet", _folder["work"]);
        Assert.Equal("MOPS3002", Assert.Throws<DiagnosticException>(() => WorkerProcess.Run(host, Request(), "Train", _log, CancellationToken.None)).Diagnostic.Code);
    }

    private WorkerRun Run(string way, CancellationToken cancellation = default)
    {
        if (way.Length > 0)
        {
            _folder.Write("work/misbehave.txt", $"train:{way}");
        }

        return WorkerProcess.Run(new WorkerHost(SourceTree.MockWorker, "dotnet", _folder["work"]), Request(), "Train", _log, cancellation);
    }

    private Core.Protocol.TrainRequest Request()
    {
        string rows = _folder.Write("rows.jsonl", """{"id":"a","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}""" + "\n");
        return new Core.Protocol.TrainRequest { Model = _folder.Path, Train = rows, Output = _folder["out"], Options = new TrainOptions() };
    }
}
