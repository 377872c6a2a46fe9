using System.Text.Json.Nodes;
using ModelOps.Build.Tasks.Tests.Edits;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>Endpoints that misbehave, builds that break off, and replays: an evaluation ends with all answers or with an error, never with a verdict on some.</summary>
public sealed class EvaluationFaultTests : IDisposable
{
    private const string Variable = "MODELOPS_TEST_ENDPOINT_KEY", Secret = "sk-test-4711";
    private readonly EndpointServer _server = new() { Say = question => Projects.Labels.Take(2).FirstOrDefault(question.Contains) ?? "none" };

    public EvaluationFaultTests() => Environment.SetEnvironmentVariable(Variable, Secret);

    public void Dispose() => _server.Dispose();

    public static TheoryData<EndpointFault, string> Broken => new()
    {
        { EndpointFault.Error(401), "MOPS5113" },
        { EndpointFault.Error(429, "insufficient_quota"), "MOPS5114" },
        { EndpointFault.Error(429, "", ("Retry-After", "999")), "MOPS5112" },
        { EndpointFault.Error(500, "", ("Retry-After", "0")), "MOPS5112" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void An_endpoint_that_breaks_ends_the_build_without_a_verdict_and_nothing_is_asked_twice(EndpointFault fault, string code)
    {
        using EditProject project = Asking();
        _server.Fault = n => n >= 10 ? fault : null;

        BuildTrace broken = project.Build(pack: false);

        Assert.False(broken.Succeeded);
        Assert.Contains($"error {code}", broken.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(project.Files.Verdict) || File.Exists(project.Files.Evaluation));
        _server.Fault = _ => null;
        BuildTrace whole = project.Build(pack: false);
        Assert.True(whole.Succeeded, whole.Log);
        Assert.Equal(_server.Answered.Count, _server.Answered.Distinct().Count());
        Assert.DoesNotContain("train", whole.Ran);
        int requests = _server.Requests.Count;
        Assert.Equal(Effect.Nothing, project.Build(pack: false).Effect);
        Assert.Equal(requests, _server.Requests.Count);
    }

    [Fact]
    public void Failures_that_pass_leave_the_evaluation_as_it_is_without_them()
    {
        using EditProject smooth = Asking(), rough = Asking();
        Assert.True(smooth.Build(pack: false).Succeeded);
        EndpointFault[] faults =
        [
            EndpointFault.Error(429, "", ("retry-after-ms", "1")), EndpointFault.Error(500, "", ("retry-after-ms", "1")), new(FaultKind.HalfBody), new(FaultKind.CloseMidStream),
            new(FaultKind.Garbage, Body: "<script>alert(1)</script>"), new(FaultKind.Close),
        ];
        int before = _server.Requests.Count;
        _server.Fault = n => n - before is var i && i % 9 == 3 && i / 9 < faults.Length ? faults[i / 9] : null;

        BuildTrace trace = rough.Build(pack: false);

        Assert.True(trace.Succeeded, trace.Log);
        Assert.Equal(File.ReadAllText(smooth.Files.Evaluation), File.ReadAllText(rough.Files.Evaluation));
        Assert.DoesNotContain(Secret, trace.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(rough.Store, "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains(Secret, StringComparison.Ordinal));
        Assert.Equal("Bearer " + Secret, _server.Keys.First());
    }

    [Fact]
    public void Nothing_is_sent_that_the_budget_does_not_cover()
    {
        using EditProject project = Asking();
        project.Budget = "0.00001";

        BuildTrace trace = project.Build(pack: false);

        Assert.Contains("error MOPS5115", trace.Log, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
        project.Budget = "1";
        project.MaxCost = "0.00001";
        Assert.Contains("error MOPS3192", project.Build(pack: false).Log, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
        project.MaxCost = "";
        Assert.True(project.Build(pack: false).Succeeded);
        JsonNode small = Subject(project, "small");
        Assert.Equal(("small", "USD", "prompt"), ((string)small["asked"]!, (string)small["price"]!["currency"]!, (string)small["technique"]!));
    }

    [Fact]
    public void Sealed_rows_are_asked_within_the_budget_and_never_beyond_it()
    {
        using EditProject project = Asking().Write("Triage/data/sealed/a.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => Projects.Row($"sealed gamma{i} on bug today", "bug") + "\n")));
        _server.Say = _ => "none";
        Assert.True(project.Build(pack: false).Succeeded);
        int requests = _server.Requests.Count;
        project.Budget = "0";

        BuildTrace refused = project.Build();

        Assert.False(refused.Succeeded);
        Assert.Contains("error MOPS5115", refused.Log, StringComparison.Ordinal);
        Assert.Equal(requests, _server.Requests.Count);
        project.Budget = "1";
        BuildTrace packed = project.Build();
        Assert.True(packed.Succeeded, packed.Log);
        Assert.Equal(requests + 60, _server.Requests.Count);
        Assert.Contains("small", File.ReadAllText(Path.Combine(project.Files.PackageContent, "lineage", "eval.sealed.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gain_of_likelihood_over_an_endpoint_is_refused_before_anything_is_sent()
    {
        using EditProject project = Asking();
        project.Gates.Add(("MeanLoss", new() { ["MinimumGain"] = "0.1" }));

        BuildTrace trace = project.Build(pack: false);

        Assert.False(trace.Succeeded);
        Assert.Contains("error MOPS5172", trace.Log, StringComparison.Ordinal);
        Assert.Contains("'small'", trace.Log, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
        project.Gates[^1] = ("MeanLoss", new() { ["Maximum"] = "9" });
        Assert.True(project.Build(pack: false).Succeeded);
    }

    [Fact]
    public void Repeats_are_independent_and_all_are_scored()
    {
        using EditProject project = Asking().With(Names.Repeats, "3");
        var said = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        _server.Say = question => said.AddOrUpdate(question, 1, (_, n) => n + 1) == 2 ? "other" : Projects.Labels.FirstOrDefault(question.Contains) ?? "none";

        BuildTrace trace = project.Build(pack: false);

        Assert.True(trace.Succeeded, trace.Log);
        JsonNode small = Subject(project, "small");
        Assert.All(small["answers"]!.AsArray(), answer =>
        {
            Assert.Equal(2, answer!["repeats"]!.AsArray().Count);
            Assert.Equal(2 / 3.0, (double)answer["scores"]!["ExactMatch"]!, 12);
        });
        Assert.Equal([0L, 1L, 2L], _server.Requests.Select(r => (long)r["seed"]!).Distinct().Order());
        int requests = _server.Requests.Count;
        project.Settings[Names.Repeats] = "4";
        Assert.True(project.Build(pack: false).Succeeded);
        Assert.Equal(requests / 3, _server.Requests.Count - requests);
    }

    [Fact]
    public void A_lock_replays_the_evaluation_without_model_key_or_network_byte_for_byte()
    {
        using EditProject project = Asking().With(Names.UseEvalLock, "true");
        BuildTrace first = project.Build(pack: false);
        Assert.True(first.Succeeded, first.Log);
        byte[] lockFile = File.ReadAllBytes(LockOf(project)), evaluation = File.ReadAllBytes(project.Files.Evaluation);
        Assert.Equal(Effect.Nothing, project.Build(pack: false).Effect);
        int requests = _server.Requests.Count;
        Environment.SetEnvironmentVariable(Variable, null);
        _server.Say = _ => "another answer";

        using EditProject elsewhere = project.Fresh();
        (elsewhere.Locked, elsewhere.Budget) = (true, "0");
        BuildTrace replay = elsewhere.Build(pack: false);

        Assert.True(replay.Succeeded, replay.Log);
        Assert.Equal(["train"], replay.Ran);
        Assert.Equal(requests, _server.Requests.Count);
        Assert.Equal(evaluation, File.ReadAllBytes(elsewhere.Files.Evaluation));
        Assert.Equal(lockFile, File.ReadAllBytes(LockOf(elsewhere)));
        Assert.Equal(File.ReadAllBytes(project.Files.Verdict), File.ReadAllBytes(elsewhere.Files.Verdict));
    }

    [Fact]
    public void A_lock_that_is_stale_damaged_or_missing_fails_with_its_code()
    {
        using EditProject project = Asking().With(Names.UseEvalLock, "true");
        Assert.True(project.Build(pack: false).Succeeded);
        using EditProject stale = project.Fresh(), damaged = project.Fresh(), missing = project.Fresh();
        stale.Locked = damaged.Locked = missing.Locked = true;
        stale.Change("Triage/prompts/zero.prompty", t => t.Replace("Ticket", "Mail", StringComparison.Ordinal));
        damaged.Change("Triage/eval.lock", t => t.Replace("\"text\":\"bug\"", "\"text\":\"bag\"", StringComparison.Ordinal));
        File.Delete(LockOf(missing));
        int requests = _server.Requests.Count;

        Assert.Contains("error MOPS5120: eval.lock does not have all answers of 'zero'", stale.Build(pack: false).Log, StringComparison.Ordinal);
        Assert.Contains("error MOPS5121", damaged.Build(pack: false).Log, StringComparison.Ordinal);
        Assert.Contains("error MOPS5122", missing.Build(pack: false).Log, StringComparison.Ordinal);

        Assert.Equal(requests, _server.Requests.Count);
        Assert.All([stale, damaged, missing], p => Assert.False(File.Exists(p.Files.Verdict)));
        stale.Locked = false;
        Assert.True(stale.Build(pack: false).Succeeded);
        Assert.NotEqual(File.ReadAllText(LockOf(project)), File.ReadAllText(LockOf(stale)));
    }

    [Fact]
    public void What_is_wrong_with_items_is_said_before_any_work_with_its_place()
    {
        using EditProject project = Asking();
        project.Write("Triage/Triage.csproj", "<Project>\n  <ItemGroup>\n    <ModelEndpoint Include=\"small\" Url=\"http://example.com/v1\" Modle=\"m\" />\n  </ItemGroup>\n</Project>\n");
        project.Subjects[0] = (Names.ModelEndpoint, "small", new() { ["Url"] = "http://example.com/v1", ["Modle"] = "m", ["Model"] = "m" });
        project.Prompts.Add(("zero.prompty", new() { ["Shots"] = "0" }));
        project.Prompts.Add(("zero.prompty", new() { ["Name"] = "b", ["Passages"] = "2" }));
        project.Prompts.Add(("zero.prompty", new() { ["Name"] = "c", ["Answer"] = "(" }));
        project.Subjects.Add((Names.GateAgainst, "Contoso.Triage", new() { ["Version"] = "[1.0.0,)" }));

        string log = project.Build(pack: false).Log;

        Assert.Contains("Triage.csproj(3,64): error MOPS2052: The metadata 'Modle' on ModelEndpoint 'small'", log, StringComparison.Ordinal);
        Assert.Contains("Triage.csproj(3,36): error MOPS5100: ModelEndpoint 'small': Url is 'http://example.com/v1'", log, StringComparison.Ordinal);
        Assert.Contains("Shots is '0'; expected a whole number, 1 or more, several of them such as 1;2;4, or Auto", log, StringComparison.Ordinal);
        Assert.Contains("error MOPS5104", log, StringComparison.Ordinal);
        Assert.Contains("error MOPS5101", log, StringComparison.Ordinal);
        Assert.Contains("GateAgainst 'Contoso.Triage': Version is '[1.0.0,)'; expected one exact version", log, StringComparison.Ordinal);
        Assert.Empty(project.Worker.Ran);
    }

    [Fact]
    public void A_key_in_the_place_of_its_variables_name_is_not_repeated()
    {
        using EditProject project = Asking();
        project.Subjects[0].Metadata["ApiKeyVariable"] = Secret;

        string log = project.Build(pack: false).Log;

        Assert.Contains("error MOPS5100: ModelEndpoint 'small': ApiKeyVariable is '***'", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, log, StringComparison.Ordinal);
    }

    [Fact]
    public void An_example_that_asks_what_a_held_out_row_asks_is_an_error()
    {
        using EditProject project = Asking();
        project.Write("Triage/shots.jsonl", File.ReadLines(project["Triage/data/eval/a.jsonl"]).First() + "\n");
        project.Prompts.Add(("zero.prompty", new() { ["Examples"] = "shots.jsonl" }));

        string log = project.Build(pack: false).Log;

        Assert.Matches(@"shots\.jsonl\(1[^)]*\): error MOPS5108", log);
        Assert.False(File.Exists(project.Files.Verdict));
    }

    [Fact]
    public void A_release_that_is_not_there_or_was_changed_is_a_broken_tool()
    {
        using EditProject project = Asking();
        project.Subjects.Add((Names.GateAgainst, "Contoso.Triage", new() { ["Version"] = "1.0.0" }));

        Assert.Contains("error MOPS5130", project.Build(pack: false).Log, StringComparison.Ordinal);
        Assert.False(File.Exists(project.Files.Verdict));
    }

    private EditProject Asking()
    {
        EditProject project = Projects.Triage();
        project.Subjects.Add((Names.ModelEndpoint, "small", new()
        {
            ["Url"] = _server.Url, ["Model"] = "m", ["ApiKeyVariable"] = Variable, ["PromptPrice"] = "0.15", ["CompletionPrice"] = "0.6", ["MaxConcurrency"] = "2",
        }));
        return project;
    }

    private static string LockOf(EditProject project) => Path.Combine(project.Folder, "eval.lock");

    private static JsonNode Subject(EditProject project, string name)
        => JsonNode.Parse(File.ReadAllText(project.Files.Evaluation))!["subjects"]!.AsArray().Single(s => (string)s!["name"]! == name)!;
}
