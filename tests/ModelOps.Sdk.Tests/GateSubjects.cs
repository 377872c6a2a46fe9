using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary>Whom a real build compares the tuned model with: a released package, an endpoint and its record, people, and a metric of the project's own.</summary>
public sealed class GateSubjects
{
    private const string KeyVariable = "GATED_KEY", Secret = "sk-gated-4711", Human = "<EvalGate Include=\"Human\" Field=\"helpful\" Ratings=\"../reviews/ratings.jsonl\" Minimum=\"0.8\" MinimumGain=\"0.1\" />";

    [Fact]
    public void A_release_an_endpoint_its_record_and_people_decide()
    {
        using var server = new EndpointServer { Say = question => question.Contains("billing", StringComparison.Ordinal) ? "billing" : "unknown" };
        TestRepository repository = Released();
        Compare(repository, server);

        // Against the release, which did not know one label; the endpoint is asked once about every row.
        BuildResult better = repository.Build();
        Assert.True(better.Succeeded, better.Output);
        JsonElement gate = Gate(repository, "maximumRegression");
        Assert.Equal(("Contoso.Gated 1.0.0", "passed"), (gate.GetProperty("baseline").GetString(), gate.GetProperty("outcome").GetString()));
        Assert.Contains("since Contoso.Gated 1.0.0", File.ReadAllText(repository.Obj("report/index.html")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("On the 48 common rows: 12 fixed, 0 broken", File.ReadAllText(repository.Obj("report/summary.md")), StringComparison.Ordinal);
        Assert.Equal(48, server.Requests.Count);
        Assert.Contains("\"shots\":{\"chosen\":", File.ReadAllText(repository.Obj("eval.json")), StringComparison.Ordinal); // of training rows, which Evaluate reads itself, chosen by validation rows
        Assert.All(server.Keys, key => Assert.Equal("Bearer " + Secret, key));
        Assert.DoesNotContain(Secret, better.Output + File.ReadAllText(repository.PathOf("Triage/eval.lock")), StringComparison.Ordinal);

        // Another machine: an empty store, no key, nobody listens.
        byte[] evaluation = File.ReadAllBytes(repository.Obj("eval.json")), verdict = File.ReadAllBytes(repository.Obj("verdict.json"));
        server.Dispose();
        Directory.Delete(repository.Obj(""), recursive: true);
        repository.WithStore(repository.PathOf("../elsewhere")).Environment(KeyVariable, "");
        BuildResult replayed = repository.Build("--no-restore", "-p:EvalLockedMode=true");
        Assert.True(replayed.Succeeded, replayed.Output);
        Assert.Equal(["train"], replayed.Ran);
        Assert.Equal(evaluation, File.ReadAllBytes(repository.Obj("eval.json")));
        Assert.Equal(verdict, File.ReadAllBytes(repository.Obj("verdict.json")));

        // People rate what was said, not who said it; their ratings gate, still without asking anybody.
        Rate(repository);
        repository.Edit("Triage/Triage.csproj", "<ModelEndpoint", Human + "<ModelEndpoint");
        BuildResult rated = repository.Build("--no-restore", "-p:EvalLockedMode=true");
        Assert.True(rated.Succeeded, rated.Output);
        Assert.Empty(rated.Ran);
        Assert.Equal(["passed", "passed"], Outcomes(repository, "Human"));

        // A label less than the release knew, and two less than before: people have said what they think of that answer too.
        Train(repository, "billing", "bug");
        BuildResult worse = repository.Build("--no-restore");
        Assert.Equal((1, "failed"), (worse.ExitCode, Gate(repository, "maximumRegression").GetProperty("outcome").GetString()));
        Assert.Equal("failed", Outcomes(repository, "Human")[0]);
        Assert.Contains("MOPS5001", worse.Codes);
        Assert.Contains("Contoso.Gated 1.0.0", worse.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void A_metric_of_an_assembly_decides_in_the_packed_worker()
    {
        string assembly = Path.Combine(SourceTree.Root, "tests", "SampleMetric", "bin", SourceTree.Configuration, "net10.0", "SampleMetric.dll");
        TestRepository repository = new TestRepository().WithTriage().WithTinyBase().RealWorker().Property("MaxSteps", "1").Property("BatchSize", "2").Property("MaxNewTokens", "2")
            .Item($"<EvalGate Include=\"Assembly\" Name=\"brevity\" Assembly=\"{assembly}\" Minimum=\"0.01\" />").Save();
        repository.Write("Triage/data/eval/a.jsonl", string.Join('\n', Enumerable.Range(0, 8).Select(TriageData.EvalRow)) + "\n");

        BuildResult met = repository.Build();
        repository.Edit("Triage/Triage.csproj", "0.01", "0.999");
        BuildResult missed = repository.Build("--no-restore");

        Assert.True(met.Succeeded, met.Output);
        double value = Gate(repository, "minimum").GetProperty("candidate").GetDouble();
        Assert.InRange(value, 0.01, 0.99);
        Assert.All(JsonDocument.Parse(File.ReadAllBytes(repository.Obj("eval.json"))).RootElement.GetProperty("subjects").EnumerateArray(),
            subject => Assert.Contains(subject.GetProperty("metrics").EnumerateArray(), metric => metric.GetProperty("name").GetString() == "Assembly"));
        Assert.Equal(1, missed.ExitCode);
        Assert.Matches(@"Triage\.csproj\(\d+,\d+\): error MOPS500[12]: .*Assembly\(", missed.Output);
        Assert.DoesNotContain("Evaluate ", missed.Output, StringComparison.Ordinal);
        repository.Done();
    }

    /// <summary>A repository whose version 1.0.0 lies in its feed; it did not learn "setup".</summary>
    private static TestRepository Released()
    {
        TestRepository repository = new TestRepository().WithTriage()
            .Property("PackageId", "Contoso.Gated").Property("Version", "1.0.0").Property("Authors", "Contoso").Property("PackageLicenseExpression", "MIT").Property("PackageOutputPath", "../out")
            .Item("<EvalGate Include=\"ExactMatch\" Minimum=\"0.5\" MinimumGain=\"0.1\" />").Save();
        Train(repository, "billing", "bug", "access");
        BuildResult pack = repository.Run("pack");
        Assert.True(pack.Succeeded, pack.Output);
        return repository;
    }

    private static void Compare(TestRepository repository, EndpointServer server)
    {
        Train(repository, "billing", "bug", "access", "setup");
        repository.Write("Triage/data/validation/v.jsonl", TriageData.Row("a row to choose by is on bug", "bug") + "\n" + TriageData.Row("another row to choose by is on access", "access") + "\n");
        repository.Edit("nuget.config", "</packageSources>", $"<add key=\"released\" value=\"{repository.PathOf("out")}\" /></packageSources>");
        repository.Environment(KeyVariable, Secret).Property("Version", "1.1.0").Property("UseEvalLock", "true").Property("ModelOpsReport", "html;markdown")
            .Item("<PromptBaseline Update=\"prompts/zero.prompty\" Shots=\"1;2\" />").Item("<EvalGate Include=\"ExactMatch\" MaximumRegression=\"0.10\" />").Item("<GateAgainst Include=\"Contoso.Gated\" Version=\"1.0.0\" />")
            .Item($"<ModelEndpoint Include=\"small\" Url=\"{server.Url}\" Model=\"m1\" ApiKeyVariable=\"{KeyVariable}\" />").Save();
    }

    private static void Train(TestRepository repository, params string[] labels) => repository.Write("Triage/data/train/a.jsonl",
        string.Join('\n', Enumerable.Range(0, TriageData.Rows).Select(TriageData.TrainRow).Where(row => labels.Any(label => row.Contains($"\"{label}\"", StringComparison.Ordinal)))) + "\n");

    /// <summary>Exports sheets, gives 5 to what is right and 1 to the rest, and imports them.</summary>
    private static void Rate(TestRepository repository)
    {
        ProcessResult exported = repository.Tool("review", "export", "Triage", "-q", "helpful=1..5", "-r", "ann", "-r", "ben", "--rows", "0");
        Assert.True(exported.ExitCode == 0, exported.Output);
        string[] sheets = Directory.GetFiles(repository.PathOf("reviews"), "*.csv");
        Assert.Equal(2, sheets.Length);
        foreach (string sheet in sheets)
        {
            string[] lines = File.ReadAllLines(sheet), header = lines[0].TrimStart('\uFEFF').Split(',');
            int right = Array.IndexOf(header, "right answer"), said = Array.IndexOf(header, "answer"), rating = Array.FindIndex(header, h => h.StartsWith("helpful", StringComparison.Ordinal));
            Assert.DoesNotContain("candidate", string.Join('\n', lines), StringComparison.Ordinal);
            File.WriteAllLines(sheet, lines.Skip(1).Select(line => line.Split(',')).Select(cells =>
            {
                cells[rating] = cells[said] == cells[right] ? "5" : "1";
                return string.Join(',', cells);
            }).Prepend(lines[0]));
        }

        ProcessResult imported = repository.Tool(["review", "import", .. sheets]);
        Assert.True(imported.ExitCode == 0, imported.Output);
    }

    private static JsonElement Gate(TestRepository repository, string kind) => Gates(repository).Single(gate => gate.GetProperty("kind").GetString() == kind);

    private static string[] Outcomes(TestRepository repository, string metric)
        => [.. Gates(repository).Where(gate => gate.GetProperty("metric").GetString() == metric).Select(gate => gate.GetProperty("outcome").GetString()!)];

    private static IEnumerable<JsonElement> Gates(TestRepository repository) => JsonDocument.Parse(File.ReadAllBytes(repository.Obj("verdict.json"))).RootElement.GetProperty("gates").EnumerateArray();
}
