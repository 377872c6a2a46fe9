using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Deployments;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.Azure;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>What Azure is sent, field by field, against its published specification.</summary>
public sealed class AzureTests : IDisposable
{
    private readonly Machine _machine = new();
    private readonly ProviderCase _provider = ProviderCase.Of("azure");

    public void Dispose() => _machine.Dispose();

    [Fact]
    public async Task A_job_has_exactly_the_fields_of_the_specification()
    {
        await _machine.BuildAsync(_provider);

        FakeRequest created = _provider.Fake.Requests.Single(_provider.IsCreation);
        string file = (string)created.Json["training_file"]!;
        AssertSame($$$"""
            {
              "model": "gpt-4.1-nano-2025-04-14", "training_file": "{{{file}}}", "suffix": "modelops-aaaaaaaaaaaaaaaaaaaa", "seed": {{{new TrainOptions().Seed}}},
              "method": { "type": "supervised", "supervised": { "hyperparameters": { "n_epochs": {{{new TrainOptions().Epochs}}}, "batch_size": {{{new TrainOptions().BatchSize}}} } } }
            }
            """, created.Json);
        Assert.Equal(FakeProvider.Key, created.Header("api-key"));
        Assert.Null(created.Header("Authorization"));
        Assert.Equal("application/json", created.Header("Content-Type"));
    }

    [Fact]
    public async Task A_preference_job_and_a_tier_of_training_are_said_as_the_specification_says_them()
    {
        _machine.Options = new TrainOptions { Objective = "dpo", DpoBeta = 0.2 };
        _machine.Variables["AZURE_OPENAI_TRAINING_TYPE"] = "globalStandard";
        _machine.LearningRateMultiplier = 0.1;

        await _machine.BuildAsync(_provider);

        JsonObject body = _provider.Fake.Requests.Single(_provider.IsCreation).Json;
        Assert.Equal("globalStandard", (string?)body["trainingType"]);
        AssertSame($$$"""
            { "type": "dpo", "dpo": { "hyperparameters": { "n_epochs": {{{new TrainOptions().Epochs}}}, "batch_size": {{{new TrainOptions().BatchSize}}}, "learning_rate_multiplier": 0.1, "beta": 0.2 } } }
            """, body["method"]!);
    }

    [Fact]
    public async Task Rows_begin_with_the_byte_order_mark_and_wait_until_they_are_imported()
    {
        await _machine.BuildAsync(_provider);

        byte[] rows = Assert.Single(((FakeAzure)_provider.Fake).Uploaded);
        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'{'], rows[..4]);
        Assert.Equal(12, rows.AsSpan().Count((byte)'\n'));
        FakeRequest[] order = [.. _provider.Fake.Requests];
        int upload = Array.FindIndex(order, r => _provider.IsUpload(r)), created = Array.FindIndex(order, r => _provider.IsCreation(r));
        Assert.True(order[upload..created].Count(r => r.Path.StartsWith("/files/", StringComparison.Ordinal)) >= 2);
        Assert.Contains("fine-tune", Encoding.Latin1.GetString(order[upload].Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_day_on_which_a_model_ends_is_read_from_its_deprecation()
    {
        ((FakeAzure)_provider.Fake).Shutdown = new DateOnly(2027, 2, 1);

        await _machine.BuildAsync(_provider);

        Assert.Contains(_machine.Reported, d => d.Code == "MOPS3116" && d.Message.Contains("2027-02-01", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deployments_are_made_listed_and_removed_by_the_other_plane_with_the_other_key()
    {
        _machine.Evaluates = true;

        RemoteJob? job = await _machine.BuildAsync(_provider);

        FakeRequest[] managed = [.. _provider.Fake.Requests.Where(r => r.Path.StartsWith("/subscriptions/", StringComparison.Ordinal))];
        Assert.All(managed, r => Assert.Equal(($"Bearer {FakeAzure.ManagementToken}", null, "2024-10-21"), (r.Header("Authorization"), r.Header("api-key"), r.Query["api-version"])));
        JsonObject[] bodies = [.. managed.Where(r => r.Method == "PUT").Select(r => r.Json)];
        AssertSame($$$"""{ "sku": { "name": "developertier", "capacity": 50 }, "properties": { "model": { "format": "OpenAI", "name": "{{{job!.Model}}}", "version": "1" } } }""", bodies[0]);
        AssertSame("""{ "sku": { "name": "Standard", "capacity": 50 }, "properties": { "model": { "format": "OpenAI", "name": "gpt-4.1-nano", "version": "2025-04-14" } } }""", bodies[1]);
        Assert.Equal(2, managed.Count(r => r.Method == "DELETE"));
        Assert.Equal(0, _provider.Standing());
        Assert.Empty(_provider.Fake.NotAllowed);
    }

    [Theory]
    [InlineData("gpt-4.1-nano-2025-04-14", "gpt-4.1-nano", "2025-04-14")]
    [InlineData("gpt-35-turbo-0125", "gpt-35-turbo", "0125")]
    [InlineData("gpt-4o-mini", "gpt-4o-mini", null)]
    [InlineData("gpt-5-2025-13-44", "gpt-5-2025-13-44", null)]
    public void A_base_model_is_deployed_by_name_and_version(string model, string name, string? version)
    {
        JsonObject said = AzureDeployments.ModelOf(new DeploymentOrder(model, Tuned: false));
        Assert.Equal((name, version), ((string?)said["name"], (string?)said["version"]));
    }

    [Theory]
    [InlineData("0123456789abcdef", "api-key", "0123456789abcdef")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln", "Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln")]
    [InlineData("eyJust-a-key", "api-key", "eyJust-a-key")]
    public void A_key_and_a_token_travel_in_headers_of_their_own(string key, string header, string value) => Assert.Equal((header, value), AzureDescription.Trainer.KeyHeader(key));

    [Theory]
    [InlineData("AZURE_OPENAI_RESOURCE_ID", "", "MOPS3103")]
    [InlineData("AZURE_OPENAI_RESOURCE_ID", "contoso", "MOPS3131")]
    [InlineData("AZURE_MANAGEMENT_TOKEN", "", "MOPS3103")]
    [InlineData("AZURE_RESOURCE_MANAGER_URL", "http://management.example", "MOPS3131")]
    [InlineData("AZURE_OPENAI_CAPACITY", "many", "MOPS3131")]
    public async Task What_the_management_needs_is_asked_for_by_name(string variable, string value, string code)
    {
        _machine.Variables[variable] = value;

        Diagnostic problem = await _machine.FailureAsync(_provider);

        Assert.Equal(code, problem.Code);
        Assert.Contains(variable, problem.Message, StringComparison.Ordinal);
        Assert.True(value.Length == 0 || !problem.Message.Contains($"'{value}'", StringComparison.Ordinal));
        Assert.All(_provider.Fake.Requests, request => Assert.Equal("GET", request.Method)); // before anybody pays

        _machine.Wait = false; // a build that only submits may be another machine's
        Assert.Null(await _machine.BuildAsync(_provider));
    }

    private static void AssertSame(string expected, JsonNode actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual.ToJsonString())), actual.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
}
