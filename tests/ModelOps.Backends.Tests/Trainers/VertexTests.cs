using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.Vertex;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>What is Vertex AI's alone: bodies field by field, labels, Cloud Storage, signing in, and what its environment must say.</summary>
public sealed class VertexTests : IDisposable
{
    private const string Rows = "gs://acme-rows/tuning/modelops-";
    private readonly Machine _machine = new();
    private readonly ProviderCase _provider = ProviderCase.Of("vertex");

    private FakeVertex Fake => (FakeVertex)_provider.Fake;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public async Task A_supervised_job_is_asked_for_in_these_words_and_no_others()
    {
        await _machine.BuildAsync(_provider);

        Assert.Equal(
            """{"baseModel":"gemini-2.5-flash","labels":{"modelops_attempt":"0","modelops_key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"""
            + "\"" + """supervisedTuningSpec":{"exportLastCheckpointOnly":true,"hyperParameters":{"adapterSize":"ADAPTER_SIZE_SIXTEEN","epochCount":3},"trainingDatasetUri":"ROWS"},"""
            + "\"" + """tunedModelDisplayName":"modelops-aaaaaaaaaaaaaaaaaaaa"}""",
            Created("supervisedTuningSpec"));
    }

    [Fact]
    public async Task A_job_for_pairs_is_asked_for_in_these_words_and_no_others()
    {
        _machine.Options = new TrainOptions { Objective = "dpo", DpoBeta = 0.2, LoraRank = 1, Epochs = 2 };
        await _machine.BuildAsync(_provider);

        JsonNode body = JsonNode.Parse(Created("preferenceOptimizationSpec"))!;
        Assert.Equal("""{"exportLastCheckpointOnly":true,"hyperParameters":{"adapterSize":"ADAPTER_SIZE_ONE","beta":0.2,"epochCount":2},"trainingDatasetUri":"ROWS"}""", body["preferenceOptimizationSpec"]!.ToJsonString());
        string row = System.Text.Encoding.UTF8.GetString(Fake.Objects.Values.Single()).Split('\n')[0];
        Assert.Equal("""{"contents":[{"role":"user","parts":[{"text":"q0"}]}],"completions":[{"score":1,"completion":{"role":"model","parts":[{"text":"yes"}]}},{"score":0,"completion":{"role":"model","parts":[{"text":"no"}]}}]}""", row);
    }

    [Fact]
    public void A_rate_is_never_sent_as_a_factor()
    {
        TrainerDescription trainer = VertexDescription.Trainer;
        JsonNode values = trainer.Translate(new TrainerSettings(new TrainOptions { LearningRate = 5 }, null))["supervisedTuningSpec"]!["hyperParameters"]!;
        Assert.Null(values["learningRateMultiplier"]);
        Assert.Equal(0.5, (double)trainer.Translate(new TrainerSettings(new TrainOptions(), 0.5))["supervisedTuningSpec"]!["hyperParameters"]!["learningRateMultiplier"]!);
        Assert.Equal(["LoraRank"], trainer.Check(new TrainerSettings(new TrainOptions { LoraRank = 5 }, null)).Select(p => p.Setting));
        Assert.Empty(trainer.Check(new TrainerSettings(new TrainOptions(), null)));
    }

    [Theory]
    [InlineData("system user assistant", true)]
    [InlineData("user assistant user assistant", true)]
    [InlineData("user system assistant", false)]
    [InlineData("user tool assistant", false)]
    [InlineData("system", false)]
    public void A_row_that_gemini_cannot_have_is_refused(string roles, bool taken) => Assert.Equal(taken, VertexDescription.Trainer.CheckRow(roles.Split(' ')) is null);

    [Fact]
    public async Task Rows_that_somebody_changed_in_the_bucket_are_uploaded_again()
    {
        await _machine.BuildAsync(_provider);
        string name = Assert.Single(Fake.Objects.Keys);
        Fake.Objects[name][0] ^= 1;
        _machine.TrainingKey = new string('b', 64);

        await _machine.BuildAsync(_provider);

        Assert.StartsWith("tuning/modelops-", name, StringComparison.Ordinal);
        Assert.Equal(2, Fake.Requests.Where(_provider.IsUpload).Count());
    }

    [Fact]
    public async Task One_token_serves_a_build_and_one_that_is_refused_is_renewed()
    {
        await _machine.BuildAsync(_provider);
        Assert.Single(Fake.SignIns);

        _machine.TrainingKey = new string('b', 64);
        Fake.TokenUses = 2;
        Assert.NotNull(await _machine.BuildAsync(_provider));

        Assert.InRange(Fake.SignIns.Count, 4, 20);
        Assert.Equal((2, 2), (_provider.Jobs().Count, _provider.Paid));
    }

    [Fact]
    public async Task A_build_that_outlasts_its_token_signs_in_again()
    {
        _machine.Between = inner => new Slow(inner, _machine.Time);
        await _machine.BuildAsync(_provider);
        Assert.InRange(Fake.SignIns.Count, 2, 100);
        Assert.Equal(3600, (long)Fake.SignIns[0]["exp"]! - (long)Fake.SignIns[0]["iat"]!);
    }

    [Fact]
    public async Task Nobody_sees_the_key_or_a_token()
    {
        Fake.TokenUses = 3;
        int number = 0;
        Fake.Fault = (_, _) => number++ % 4 == 1 ? new FakeFault(FakeFaultKind.Status, 500) : null;
        await _machine.BuildAsync(_provider);
        Fake.Fault = (request, _) => _provider.IsSignIn(request) ? new FakeFault(FakeFaultKind.Status, 400, request.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)) : null;
        _machine.TrainingKey = new string('b', 64);
        Diagnostic problem = await _machine.FailureAsync(_provider);

        Assert.Equal("MOPS3137", problem.Code);
        string[] seen = [.. _machine.Log, .. _machine.Reported.Select(d => d.Message), problem.Message, .. Directory.Exists(_machine.Store) ? Directory.GetFiles(_machine.Store, "*", SearchOption.AllDirectories).Select(File.ReadAllText) : []];
        Assert.All(seen, text => Assert.False(text.Contains(FakeVertex.KeyCanary, StringComparison.Ordinal) || text.Contains(FakeProvider.Key, StringComparison.Ordinal), text));
        Assert.All(Fake.Requests, r => Assert.DoesNotContain(FakeVertex.KeyCanary, System.Text.Encoding.UTF8.GetString(r.Body), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"type":"authorized_user"}""", "type")]
    [InlineData("""{"type":"service_account","token_uri":"https://t/","client_email":"e"}""", "private_key")]
    [InlineData("""{"type":"service_account","token_uri":"http://t/","client_email":"e","private_key":"k"}""", "token_uri")]
    [InlineData("""{"type":"service_account","token_uri":"https://t/","client_email":"e","private_key":"canary-of-a-key"}""", "PEM")]
    [InlineData("canary-of-a-key", "JSON")]
    [InlineData(null, "no file")]
    public async Task A_key_file_that_cannot_be_used_is_not_repeated(string? content, string said)
    {
        ProviderCase bad = _provider with { KeyValue = (folder, _) => content is null ? "canary-of-a-key" : folder.Write("bad.json", content) };

        Diagnostic problem = await _machine.FailureAsync(bad);

        Assert.Equal("MOPS3136", problem.Code);
        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", problem.Message, StringComparison.Ordinal);
        Assert.Empty(Fake.Requests);
    }

    [Theory]
    [InlineData("GOOGLE_CLOUD_LOCATION", "")]
    [InlineData("GOOGLE_CLOUD_STORAGE_BUCKET", "gs://")]
    [InlineData("STORAGE_EMULATOR_HOST", "http://storage.example")]
    public async Task What_the_environment_must_say_and_does_not_is_one_code(string name, string value)
    {
        _machine.Variables[name] = value;
        Assert.Equal("MOPS3138", (await _machine.FailureAsync(_provider)).Code);
        Assert.Empty(Fake.Requests);
    }

    [Theory]
    [InlineData("https://us-central1-aiplatform.googleapis.com/v1", "", "us-central1")]
    [InlineData("https://us-central1-aiplatform.googleapis.com/v1", "US-central1", "us-central1")]
    [InlineData("https://aiplatform.googleapis.com/v1", "", "global")]
    [InlineData("https://gateway.test/v1", "asia-east1", "asia-east1")]
    [InlineData("https://us-central1-aiplatform.googleapis.com/v1", "europe-west4", null)]
    [InlineData("https://gateway.test/v1", "", null)]
    public void The_address_names_the_location_and_nothing_may_contradict_it(string url, string variable, string? expected)
    {
        string? Environment(string name) => name switch { "GOOGLE_CLOUD_LOCATION" => variable, "GOOGLE_CLOUD_PROJECT" => "p", _ => null };
        if (expected is null)
        {
            Assert.Equal("MOPS3138", Assert.Throws<DiagnosticException>(() => VertexPlace.Of(new Uri(url), Environment, null)).Diagnostic.Code);
            return;
        }

        Assert.Equal($"projects/p/locations/{expected}", VertexPlace.Of(new Uri(url), Environment, null).Parent);
    }

    [Fact]
    public async Task A_quota_that_is_spent_is_not_asked_again()
    {
        Fake.Fault = (request, _) => _provider.IsCreation(request) ? new FakeFault(FakeFaultKind.Status, 429, "insufficient_quota") : null;

        Assert.Equal("MOPS3109", (await _machine.FailureAsync(_provider)).Code);
        Assert.Single(Fake.Requests, r => _provider.IsCreation(r));
    }

    [Theory]
    [InlineData("JOB_STATE_PARTIALLY_SUCCEEDED", true, RemoteState.Failed)]
    [InlineData("JOB_STATE_PARTIALLY_SUCCEEDED", false, RemoteState.Running)]
    [InlineData("JOB_STATE_EXPIRED", true, RemoteState.Failed)]
    [InlineData("JOB_STATE_CANCELLING", false, RemoteState.Cancelling)]
    [InlineData("JOB_STATE_PAUSED", false, RemoteState.Paused)]
    [InlineData("JOB_STATE_UPDATING", false, RemoteState.Running)]
    [InlineData("JOB_STATE_SOMETHING_NEW", false, RemoteState.Unknown)]
    public void States_are_read_as_the_reference_has_them(string state, bool ended, RemoteState expected)
    {
        using var job = JsonDocument.Parse($$"""{"name":"projects/1/locations/l/tuningJobs/7","state":"{{state}}"{{(ended ? ",\"endTime\":\"2026-01-01T00:00:00Z\"" : "")}}}""");
        Assert.Equal(("7", expected, false), (VertexTrainer.Read(job.RootElement).Id, VertexTrainer.Read(job.RootElement).State, VertexTrainer.Read(job.RootElement).Model is not null));
    }

    /// <summary>The one creation as canonical JSON, the digest of the rows taken out.</summary>
    private string Created(string spec)
    {
        JsonObject body = Fake.Requests.Where(_provider.IsCreation).Single().Json;
        Assert.Matches($"^{Rows}[0-9a-f]{{24}}\\.jsonl$", (string)body[spec]!["trainingDatasetUri"]!);
        body[spec]!["trainingDatasetUri"] = "ROWS";
        return Sorted(body)!.ToJsonString();
    }

    private static JsonNode? Sorted(JsonNode? node) => node is JsonObject json ? new JsonObject(json.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))) : node?.DeepClone();

    /// <summary>Every answer takes twenty minutes.</summary>
    private sealed class Slow(HttpMessageHandler inner, VirtualClock time) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await time.Clock.Delay(TimeSpan.FromMinutes(20), cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
