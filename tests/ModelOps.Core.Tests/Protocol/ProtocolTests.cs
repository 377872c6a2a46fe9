using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Protocol;

public sealed class ProtocolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_request_is_read_back()
    {
        string path = _folder.In("request.json");
        new TrainRequest { Model = "/m", Train = "/t", Output = "/o", Options = new TrainOptions { LearningRate = 1e-4, Seed = ulong.MaxValue } }.Write(path);
        var read = Assert.IsType<TrainRequest>(WorkerRequest.Read(path));
        Assert.Equal((1e-4, ulong.MaxValue, 1), (read.Options.LearningRate, read.Options.Seed, read.Protocol));
        Assert.Contains("\"verb\":\"train\"", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"verb":"train","model":"m","train":"t","output":"o","options":{"loraRnk":4}}""")] // a misspelt option
    [InlineData("""{"verb":"train","model":"m","output":"o","options":{}}""")] // no rows
    [InlineData("""{"verb":"dance","model":"m"}""")]
    [InlineData("""{"model":"m"}""")]
    public void A_bad_request_is_refused(string json)
        => Assert.ThrowsAny<Exception>(() => WorkerRequest.Read(_folder.Write("r.json", json)));

    [Fact]
    public void Events_are_lines()
    {
        WorkerEvent[] events =
        [
            new ProgressEvent { Step = 1, Steps = 2, Loss = 0.5 }, new MetricEvent { Name = "validationLoss", Value = 1.25, Epoch = 1 },
            new LogEvent { Level = "info", Message = "two\nlines" }, new ResultEvent { Steps = 2 }, new ErrorEvent { Code = "MOPS3001", Message = "m", Line = 3 },
        ];
        foreach (WorkerEvent one in events)
        {
            string line = one.ToLine();
            Assert.DoesNotContain('\n', line);
            Assert.Equal(one, WorkerEvent.Parse(line));
            Assert.DoesNotContain(":null", line, StringComparison.Ordinal);
        }
    }
}
