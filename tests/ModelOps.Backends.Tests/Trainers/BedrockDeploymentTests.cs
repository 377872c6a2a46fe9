using ModelOps.Backends.Deployments;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.Bedrock;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>Custom models of Bedrock answer only where they are deployed: for as long as a build asks, and no longer.</summary>
public sealed class BedrockDeploymentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Machine _machine = new();
    private readonly FakeBedrock _fake = new() { Say = question => question + "!" };

    public void Dispose()
    {
        _machine.Dispose();
        _folder.Dispose();
        _fake.Dispose();
    }

    [Fact]
    public async Task A_tuned_model_is_deployed_asked_and_removed()
    {
        string model = await TrainAsync();

        Assert.Equal("q!", await EvaluateAsync(model, _fake.Handler));

        Assert.Empty(_fake.Deployments);
        Assert.Equal($$"""{"modelDeploymentName":"{{Created().Split('"')[3]}}","modelArn":"{{model}}","clientRequestToken":"{{Created().Split('"')[3]}}"}""", Created());
        Assert.StartsWith("https://bedrock-runtime.us-east-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Acustom-model-deployment%2F", _fake.Requests.Last(r => r.Path.EndsWith("/converse", StringComparison.Ordinal)).Address.AbsoluteUri, StringComparison.Ordinal);
        Assert.Empty(_fake.NotAllowed);

        string Created() => System.Text.Encoding.UTF8.GetString(_fake.Of("POST /model-customization/custom-model-deployments").Single().Body);
    }

    [Fact]
    public async Task One_that_fails_says_why_and_is_removed()
    {
        string model = await TrainAsync();
        _fake.FailsDeployments = true;

        Diagnostic problem = (await Assert.ThrowsAsync<DiagnosticException>(() => EvaluateAsync(model, _fake.Handler))).Diagnostic;

        Assert.Equal("MOPS3127", problem.Code);
        Assert.Contains("no capacity", problem.Message, StringComparison.Ordinal);
        Assert.Empty(_fake.Deployments);
    }

    /// <summary>Twenty evaluations in which requests fail and processes are killed; the build that is left in peace has its answer, and nothing stands there.</summary>
    [Fact]
    public async Task Nothing_is_left_deployed_whatever_happens()
    {
        string model = await TrainAsync();
        for (int seed = 0; seed < Soak.Count(20, 2000); seed++)
        {
            var random = new Random(seed);
            double trouble = random.NextDouble() * 0.5;
            for (int build = random.Next(1, 4); build > 0; build--)
            {
                int left = random.Next(3) == 0 ? random.Next(1, 12) : int.MaxValue;
                _fake.Fault = (_, _) => random.NextDouble() >= trouble ? null : s_faults[random.Next(s_faults.Length)];
                await Record.ExceptionAsync(() => EvaluateAsync(model, new Kill(_fake.Handler, left)));
            }

            _fake.Fault = (_, _) => null;
            Assert.Equal("q!", await EvaluateAsync(model, _fake.Handler));
            Assert.True(!_fake.Deployments.Any(), $"seed {seed}: {string.Join(", ", _fake.Deployments)}");
        }

        Assert.Equal(1, _fake.Jobs.Count(j => j.Paid));
    }

    private static readonly FakeFault[] s_faults =
    [
        new(FakeFaultKind.Status, 429, "ThrottlingException"), new(FakeFaultKind.Status, 500, "InternalServerException"), new(FakeFaultKind.Status, 503), new(FakeFaultKind.DropBefore), new(FakeFaultKind.DropAfter),
        new(FakeFaultKind.HalfAnswer), new(FakeFaultKind.Status, 403, "AccessDeniedException"), new(FakeFaultKind.Status, 400, "ServiceQuotaExceededException"),
    ];

    private async Task<string> TrainAsync() => (await _machine.BuildAsync(ProviderCase.Of("bedrock") with { Fake = _fake, Jobs = () => _fake.Jobs }))!.Model!;

    /// <summary>An evaluation of one question, as a build does it.</summary>
    private async Task<string> EvaluateAsync(string model, HttpMessageHandler network)
    {
        TrainerDescription trainer = BedrockDescription.Trainer;
        var connection = new TrainerConnection(trainer.Url, "THE_KEY", name => name == "THE_KEY" ? FakeProvider.Key : FakeBedrock.Environment(name)) { Handler = network, Clock = _machine.Time.Clock };
        using IDeploymentHost host = trainer.Serve!(connection);
        var deployments = new TemporaryDeployments(trainer, connection, host, new DeploymentRecords(_folder["store"]), new NoLog());
        string said = "";
        try
        {
            Deployment deployed = await deployments.DeployAsync(new DeploymentOrder(model, Tuned: true), default);
            var options = new EndpointOptions("tuned", trainer.Url, deployed.AskedAs) { ApiKeyVariable = "THE_KEY", MaxTokensMember = "maxTokens", Through = _ => trainer.Ask!(connection) };
            using var endpoint = new ChatEndpoint(options, connection.Environment, _machine.Time.Clock);
            await endpoint.AskAsync([new Question("1", 0, [new PromptMessage("user", "q")])], new DecodingOptions(), a => said = a.Text, default);
        }
        finally
        {
            await deployments.RemoveAsync();
        }

        return said;
    }

    private sealed class KilledException : Exception;

    private sealed class Kill(HttpMessageHandler inner, int left) : DelegatingHandler(inner)
    {
        private int _left = left;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => _left-- > 0 ? base.SendAsync(request, cancellationToken) : throw new KilledException();
    }

    private sealed class NoLog : IStageLog
    {
        public void Report(Diagnostic diagnostic)
        {
        }

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
