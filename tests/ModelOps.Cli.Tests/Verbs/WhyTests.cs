using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class WhyTests : IDisposable
{
    private readonly FixtureProject _project = new();

    [Fact]
    public async Task A_project_that_was_never_trained_would_train()
    {
        _project.Fingerprint(1e-4, "Is it red?");

        string[] lines = await LinesAsync();

        Assert.StartsWith("Triage: would train (key ", lines[0], StringComparison.Ordinal);
        Assert.Equal("  no earlier result here", lines[1]);
    }

    [Fact]
    public async Task An_unchanged_project_would_not()
    {
        _project.Train(_project.Fingerprint(1e-4, "Is it red?"));

        Assert.StartsWith("Triage: would not train: the adapter is up to date", Assert.Single(await LinesAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_rows_and_settings_are_named_one_by_one()
    {
        _project.Train(_project.Fingerprint(1e-4, "Is it red?", "Does the parcel come on Monday or on Tuesday?", "Who was that?"));
        _project.Fingerprint(2e-4, "Is it red?", "Does the parcel come on Monday or on Friday?", "Where do I find my invoices from last year?");

        string[] lines = await LinesAsync();

        Assert.Contains("  LearningRate 1e-4 -> 2e-4", lines);
        Assert.Contains("    ~ data/train/rows.jsonl(2)", lines);
        Assert.Contains("        user: Does the parcel come on Monday or on [-Tuesday-]{+Friday+}?⏎assistant: yes", lines);
        Assert.Contains("    + data/train/rows.jsonl(3)", lines);
        Assert.Contains("    - data/train/rows.jsonl(3)", lines);
        Assert.Contains("  1 row added, 1 removed, 1 changed in data/train/rows.jsonl (first: line 2)", lines);
    }

    [Fact]
    public async Task A_result_in_the_store_is_put_in_place_instead()
    {
        _project.Train(_project.Fingerprint(1e-4, "Is it red?"));
        FingerprintFile changed = _project.Fingerprint(2e-4, "Is it red?");
        new ModelStore(_project.Store, new RecordingLog()).Put(changed, _project.Files.Adapter);

        string[] lines = await LinesAsync();

        Assert.StartsWith("Triage: would not train: the store has the result", lines[0], StringComparison.Ordinal);
        Assert.Contains("  LearningRate 1e-4 -> 2e-4", lines);
    }

    [Fact]
    public async Task Weights_that_were_tampered_with_are_a_reason()
    {
        _project.Train(_project.Fingerprint(1e-4, "Is it red?"));
        await File.AppendAllTextAsync(Path.Combine(_project.Files.Adapter, "adapter_model.safetensors"), "!");

        Assert.Equal("  the adapter's files are missing or were changed", (await LinesAsync())[1]);
    }

    [Fact]
    public async Task Force_is_a_reason()
    {
        _project.Train(_project.Fingerprint(1e-4, "Is it red?"));

        Assert.Equal("  ModelOpsForce is set", (await LinesAsync("-p", "ModelOpsForce=true"))[1]);
    }

    [Fact]
    public async Task Json_holds_keys_fields_and_rows()
    {
        FingerprintFile trained = _project.Fingerprint(1e-4, "Is it red?");
        _project.Train(trained);
        FingerprintFile current = _project.Fingerprint(2e-4, "Is it red?", "Where do I find my invoices from last year?");

        ToolRun run = await ToolRun.OfAsync(["why", _project.Path, "--json"]);

        JsonNode json = JsonNode.Parse(run.Output)!;
        Assert.Equal(("why", "train", _project.Path), ((string?)json["verb"], (string?)json["next"], (string?)json["project"]));
        Assert.Equal((current.Key.ToString(), trained.Key.ToString()), ((string?)json["key"], (string?)json["trainedKey"]));
        JsonNode field = Assert.Single(json["fields"]!.AsArray())!;
        Assert.Equal(("learningRate", 1e-4, 2e-4), ((string?)field["name"], (double)field["old"]!, (double)field["new"]!));
        JsonNode rows = Assert.Single(json["rows"]!.AsArray())!;
        Assert.Equal(("training", 2), ((string?)rows["set"], (int)rows["added"]![0]!["line"]!));
        Assert.Empty(rows["removed"]!.AsArray());
    }

    public void Dispose() => _project.Dispose();

    private async Task<string[]> LinesAsync(params string[] options)
    {
        ToolRun run = await ToolRun.OfAsync(["why", _project.Path, .. options]);
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        return run.Output.TrimEnd().Split('\n');
    }
}
