using System.Text;
using ModelOps.Backends.Deployments;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.Azure;
using ModelOps.Backends.Trainers.Bedrock;
using ModelOps.Backends.Trainers.Fireworks;
using ModelOps.Backends.Trainers.OpenAi;
using ModelOps.Backends.Trainers.Together;
using ModelOps.Backends.Trainers.Vertex;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>One provider with its fake, in the words that all of them share.</summary>
internal sealed record ProviderCase(TrainerDescription Trainer, string Model, FakeProvider Fake, Func<IReadOnlyList<FakeJob>> Jobs)
{
    public static IEnumerable<string> Names => [.. RemoteTrainers.All.Select(t => t.Name)];

    public required Action<Switch> Turn { get; init; }

    public int Paid => Jobs().Count(j => j.Paid);

    /// <summary>Jobs that go on, though no build follows them.</summary>
    public int Alive => Jobs().Count(j => j.Status is not ("succeeded" or "completed" or "failed" or "error" or "cancelled" or "COMPLETED" or "FAILED" or "GONE" or "Completed" or "Failed" or "Stopped" or "SUCCEEDED" or "CANCELLED"));

    public Uri Url { get; init; } = new("https://provider.test/v1");

    /// <summary>What it says was charged.</summary>
    public long? Tokens { get; init; } = 4321;

    /// <summary>The first row of <see cref="Machine"/>, as it travels.</summary>
    public string FirstRow { get; init; } = """{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"q0 \"ä\" 漢"},{"role":"assistant","content":"a0"}]}""";

    /// <summary>False: it has no place for a system message.</summary>
    public bool HasSystem { get; init; } = true;

    public double? Multiplier { get; init; }

    /// <summary>Values that it takes, where those of the SDK are none.</summary>
    public Func<TrainOptions, TrainOptions> Fit { get; init; } = options => options;

    /// <summary>Deployments that nobody removed.</summary>
    public Func<int> Standing { get; init; } = () => 0;

    public required Func<FakeRequest, bool> IsCreation { get; init; }

    public required Func<FakeRequest, bool> IsUpload { get; init; }

    /// <summary>Signing in, where a request must be preceded by it: it sends nothing of the project.</summary>
    public Func<FakeRequest, bool> IsSignIn { get; init; } = _ => false;

    /// <summary>What a machine has in its environment besides the key.</summary>
    public Func<string, string?> Environment { get; init; } = _ => null;

    /// <summary>The value of the key's variable, given a key and a folder of the machine.</summary>
    public Func<TemporaryFolder, string, string> KeyValue { get; init; } = (_, key) => key;

    public static ProviderCase Of(string name) => name switch { "openai" => OpenAi(), "azure" => Azure(), "together" => Together(), "vertex" => Vertex(), "bedrock" => Bedrock(), _ => Fireworks() };

    private static ProviderCase Vertex()
    {
        var fake = new FakeVertex();
        return new ProviderCase(VertexDescription.Trainer, fake.Model, fake, () => fake.Jobs)
        {
            IsCreation = r => r.Method == "POST" && r.Path.EndsWith("/tuningJobs", StringComparison.Ordinal),
            IsUpload = r => r.Path.StartsWith("/upload/", StringComparison.Ordinal),
            IsSignIn = r => r.Path == "/token",
            Environment = FakeVertex.Environment.GetValueOrDefault,
            KeyValue = (folder, _) => folder.Write("account.json", fake.KeyFile()),
            FirstRow = """{"systemInstruction":{"role":"system","parts":[{"text":"be brief"}]},"contents":[{"role":"user","parts":[{"text":"q0 \"ä\" 漢"}]},{"role":"model","parts":[{"text":"a0"}]}]}""",
            Turn = s =>
            {
                (fake.FailsValidation, fake.LosesJobs, fake.ForgetsFiles) = (s == Switch.FailsValidation, s == Switch.LosesJobs, s == Switch.ForgetsFiles);
                (fake.StrangeStatus, fake.IsStuck, fake.ListLag) = (s is Switch.StrangeStatus or Switch.StuckStatus ? "pondering" : null, s == Switch.StuckStatus, s == Switch.ListLag ? 3 : 0);
            },
        };
    }

    private static ProviderCase Bedrock()
    {
        var fake = new FakeBedrock();
        return new ProviderCase(BedrockDescription.Trainer.For(fake.Model), fake.Model, fake, () => fake.Jobs)
        {
            Url = new Uri("https://bedrock.us-east-1.amazonaws.com"),
            Tokens = null,
            Standing = () => fake.Deployments.Count(),
            FirstRow = """{"schemaVersion":"bedrock-conversation-2024","system":[{"text":"be brief"}],"messages":[{"role":"user","content":[{"text":"q0 \"ä\" 漢"}]},{"role":"assistant","content":[{"text":"a0"}]}]}""",
            Fit = options => options with { LearningRate = 1e-5 },
            Environment = FakeBedrock.Environment,
            IsCreation = r => r.Method == "POST" && r.Path.EndsWith("/model-customization-jobs", StringComparison.Ordinal),
            IsUpload = r => r.Method == "PUT",
            Turn = s =>
            {
                (fake.FailsValidation, fake.LosesJobs, fake.ForgetsFiles) = (s == Switch.FailsValidation, s == Switch.LosesJobs, s == Switch.ForgetsFiles);
                (fake.StrangeStatus, fake.IsStuck, fake.ListLag) = (s is Switch.StrangeStatus or Switch.StuckStatus ? "pondering" : null, s == Switch.StuckStatus, s == Switch.ListLag ? 3 : 0);
            },
        };
    }

    private static ProviderCase Fireworks()
    {
        var fake = new FakeFireworks();
        return new ProviderCase(FireworksDescription.Trainer, fake.Model, fake, () => fake.Jobs)
        {
            Environment = name => name == "FIREWORKS_ACCOUNT_ID" ? FakeFireworks.Account : null,
            IsCreation = r => r.Method == "POST" && r.Path.EndsWith("Jobs", StringComparison.Ordinal),
            IsUpload = r => r.Path.EndsWith(":upload", StringComparison.Ordinal),
            Turn = s =>
            {
                (fake.FailsValidation, fake.LosesJobs, fake.ForgetsFiles) = (s == Switch.FailsValidation, s == Switch.LosesJobs, s == Switch.ForgetsFiles);
                (fake.StrangeStatus, fake.IsStuck, fake.ListLag, fake.BadDownloads) = (s is Switch.StrangeStatus or Switch.StuckStatus ? "pondering" : null, s == Switch.StuckStatus, s == Switch.ListLag ? 3 : 0, s == Switch.BadDownloads ? 2 : 0);
            },
        };
    }

    private static ProviderCase OpenAi()
    {
        var fake = new FakeOpenAi();
        return new ProviderCase(OpenAiDescription.Trainer, fake.Model, fake, () => fake.Jobs)
        {
            IsCreation = r => r.Route == "POST /fine_tuning/jobs",
            IsUpload = r => r.Route == "POST /files",
            Turn = s =>
            {
                (fake.FailsValidation, fake.LosesJobs, fake.ForgetsFiles) = (s == Switch.FailsValidation, s == Switch.LosesJobs, s == Switch.ForgetsFiles);
                (fake.StrangeStatus, fake.IsStuck, fake.ListLag) = (s is Switch.StrangeStatus or Switch.StuckStatus ? "pondering" : null, s == Switch.StuckStatus, s == Switch.ListLag ? 3 : 0);
            },
        };
    }

    private static ProviderCase Azure()
    {
        var fake = new FakeAzure();
        return new ProviderCase(AzureDescription.Trainer, fake.Model, fake, () => fake.Jobs)
        {
            IsCreation = r => r.Route == "POST /fine_tuning/jobs",
            IsUpload = r => r.Route == "POST /files",
            Standing = () => fake.Deployments.Count,
            Turn = s =>
            {
                (fake.FailsValidation, fake.LosesJobs, fake.ForgetsFiles) = (s == Switch.FailsValidation, s == Switch.LosesJobs, s == Switch.ForgetsFiles);
                (fake.StrangeStatus, fake.IsStuck, fake.ListLag) = (s is Switch.StrangeStatus or Switch.StuckStatus ? "pondering" : null, s == Switch.StuckStatus, s == Switch.ListLag ? 3 : 0);
            },
        };
    }

    private static ProviderCase Together()
    {
        var fake = new FakeTogether();
        return new ProviderCase(TogetherDescription.Trainer, fake.Model, fake, () => fake.Jobs)
        {
            IsCreation = r => r.Route == "POST /fine-tunes",
            IsUpload = r => r.Route == "POST /files/upload",
            Turn = s =>
            {
                (fake.FailsValidation, fake.LosesJobs, fake.ForgetsFiles) = (s == Switch.FailsValidation, s == Switch.LosesJobs, s == Switch.ForgetsFiles);
                (fake.StrangeStatus, fake.IsStuck, fake.ListLag, fake.BadDownloads) = (s is Switch.StrangeStatus or Switch.StuckStatus ? "pondering" : null, s == Switch.StuckStatus, s == Switch.ListLag ? 3 : 0, s == Switch.BadDownloads ? 2 : 0);
            },
        };
    }
}

/// <summary>What a provider does beside faults of single requests.</summary>
internal enum Switch
{
    None,
    FailsValidation,
    LosesJobs,
    ForgetsFiles,
    StrangeStatus,
    StuckStatus,
    ListLag,
    BadDownloads,
}

/// <summary>The machine of a build: its store, its environment, its patience.</summary>
internal sealed class Machine : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public VirtualClock Time { get; } = new();

    public List<string> Log { get; } = [];

    public List<Diagnostic> Reported { get; } = [];

    public string Store => _folder["store"];

    public decimal Budget { get; set; } = 10;

    public decimal? MaxCost { get; set; }

    public string? Key { get; set; } = FakeProvider.Key;

    public bool Force { get; set; }

    public bool Wait { get; set; } = true;

    public bool CancelOnExit { get; set; }

    /// <summary>How long a request may take, in real time: short only where one hangs.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(20);

    public int Rows { get; set; } = 12;

    public TrainOptions Options { get; set; } = new();

    public string TrainingKey { get; set; } = new('a', 64);

    public string Output { get; private set; } = "";

    /// <summary>Put between a build and the provider.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Between { get; set; } = handler => handler;

    public double? LearningRateMultiplier { get; set; }

    /// <summary>Of the environment, beside the keys.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal)
    {
        ["FIREWORKS_ACCOUNT_ID"] = FakeFireworks.Account, ["AZURE_OPENAI_RESOURCE_ID"] = FakeAzure.Resource, ["AZURE_MANAGEMENT_TOKEN"] = FakeAzure.ManagementToken,
    };

    /// <summary>A build that goes on to ask the model, where that takes a deployment.</summary>
    public bool Evaluates { get; set; }

    /// <summary>A build up to the result; what came of it is kept as a build keeps it.</summary>
    public async Task<RemoteJob?> BuildAsync(ProviderCase provider, CancellationToken cancellation = default)
    {
        Output = _folder[Guid.NewGuid().ToString("N")];
        Directory.CreateDirectory(Output);
        var training = new RemoteTraining(Request(provider), new ListLog(this), cancellation);
        RemoteResult result = await training.RunAsync();
        if (result.Job is not null)
        {
            training.Forget();
        }

        if (Evaluates && result.Job is not null)
        {
            await EvaluateAsync(provider, result.Job.Model!);
        }

        return result.Job;
    }

    /// <summary>What an evaluation does around its questions: the tuned model and its base are deployed, and removed in every outcome.</summary>
    private async Task EvaluateAsync(ProviderCase provider, string model)
    {
        TrainerConnection connection = Connection(provider);
        if (provider.Trainer.Serve?.Invoke(connection) is not { } host)
        {
            return;
        }

        using (host)
        {
            var deployments = new TemporaryDeployments(provider.Trainer, connection, host, new DeploymentRecords(Store), new ListLog(this));
            try
            {
                await deployments.DeployAsync(new DeploymentOrder(model, Tuned: true), default);
                if (!provider.Trainer.BaseAnswers)
                {
                    await deployments.DeployAsync(new DeploymentOrder(provider.Model, Tuned: false), default);
                }
            }
            finally
            {
                await deployments.RemoveAsync();
            }
        }
    }

    /// <summary>The code of the error with which a build ends.</summary>
    public async Task<Diagnostic> FailureAsync(ProviderCase provider, CancellationToken cancellation = default)
        => (await Assert.ThrowsAsync<DiagnosticException>(() => BuildAsync(provider, cancellation))).Diagnostic;

    public void Dispose() => _folder.Dispose();

    private RemoteRequest Request(ProviderCase provider) => new(
        provider.Trainer,
        Connection(provider),
        new TrainerSettings(provider.Fit(Options), LearningRateMultiplier ?? provider.Multiplier), provider.Model, TrainingKey, Budget, "p.csproj")
    {
        MaxCost = MaxCost, Rows = WriteRows(provider.HasSystem), Records = new JobRecords(Store), Prices = PriceList.Read(WritePrices(provider)), Force = Force, Wait = Wait, CancelOnExit = CancelOnExit, Output = Output,
    };

    private TrainerConnection Connection(ProviderCase provider)
        => new(provider.Url, "THE_KEY", name => name == "THE_KEY" ? Key is { } key ? provider.KeyValue(_folder, key) : null : Variables.GetValueOrDefault(name) ?? provider.Environment(name)) { Handler = Between(provider.Fake.Handler), Clock = Time.Clock, Timeout = Patience };

    private string WriteRows(bool system)
    {
        bool dpo = Options.Objective == "dpo";
        var text = new StringBuilder();
        for (int i = 0; i < Rows; i++)
        {
            text.Append(dpo
                ? $$"""{"id":"sha256:{{i}}","prompt":[{"content":"q{{i}}","role":"user"}],"chosen":[{"content":"yes","role":"assistant"}],"rejected":[{"content":"no","role":"assistant"}]}"""
                : $$"""{"id":"sha256:{{i}}","messages":[{{(system ? """{"content":"be brief","role":"system"},""" : "")}}{"content":"q{{i}} \"ä\" 漢","role":"user"},{"content":"a{{i}}","role":"assistant"}]}""").Append('\n');
        }

        return _folder.Write("rows.jsonl", text.ToString());
    }

    private string WritePrices(ProviderCase provider) => _folder.Write("prices.json",
        $$"""[{"trainer":"{{provider.Trainer.Name}}","model":"{{provider.Model}}","training":3.0,"prompt":0.3,"completion":1.2,"date":"2026-11-01","source":"https://provider.test/prices"}]""");

    private sealed class ListLog(Machine machine) : IStageLog
    {
        public void Report(Diagnostic diagnostic) => machine.Reported.Add(diagnostic);

        public void Message(string text, bool important = false) => machine.Log.Add(text);

        public void Progress(StageProgress progress) => machine.Log.Add($"{progress.Stage}: {progress.Detail}");
    }
}
