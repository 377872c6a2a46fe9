using System.Text;
using System.Text.Json;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Answering;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>Edits of who is asked and what prompts show.</summary>
internal static class SubjectEdits
{
    private const string Examples = "Triage/shots.jsonl", Guide = "Triage/docs/guide.md", Released = "Contoso.Triage";

    /// <summary>One server for all edits, that answers by the question alone.</summary>
    private static readonly Lazy<EndpointServer> s_server = new(() => new EndpointServer { Say = Answer });

    public static IReadOnlyList<Edit> All { get; } = [.. Prompts(), .. Others(), .. Release()];

    private static IEnumerable<Edit> Prompts() =>
    [
        new("number of shots", Effect.ReevaluatesOnly, p => p.Prompts[0].Metadata["Shots"] = "3", "Subjects[zero].Prompt.Shots 2 -> 3", () => Prompted(("Shots", "2"))),
        new("counts of shots that are tried", Effect.ReevaluatesOnly, p => p.Prompts[0].Metadata["Shots"] = "1;2;3", "Subjects[zero].Prompt.Shots", () => Prompted(("Shots", "1;2"))),
        new("order of the counts", Effect.Nothing, p => p.Prompts[0].Metadata["Shots"] = "2; 1;2", "", () => Prompted(("Shots", "1;2"))),
        new("a validation row that prompts are fitted on", Effect.ReevaluatesOnly, p => p.Change("Triage/data/validation/a.jsonl", t => t.Replace("about bug", "about a bug")),
            "Subjects[zero].Prompt.Shots", () => Prompted(("Shots", "Auto"))),
        new("what prompts are fitted by", Effect.ReevaluatesOnly, p => p.Gates[0] = ("MacroF1", p.Gates[0].Metadata), "Subjects[zero].Prompt.Shots", () => Prompted(("Shots", "Auto"))),
        new("an example", Effect.ReevaluatesOnly, p => p.Change(Examples, t => t.Replace("first", "other")), "Subjects[zero].Prompt.Examples changed", () => Prompted(("Examples", "shots.jsonl"))),
        new("place of the examples", Effect.Nothing, p => { File.Move(p[Examples], p["Triage/moved.jsonl"]); p.Prompts[0].Metadata["Examples"] = "moved.jsonl"; }, "", () => Prompted(("Examples", "shots.jsonl"))),
        new("white space in the examples", Effect.Nothing, p => p.Change(Examples, t => t.Replace("\n", "\r\n")), "", () => Prompted(("Examples", "shots.jsonl"))),
        new("how the answer is found", Effect.ReevaluatesOnly, p => p.Prompts[0].Metadata["Answer"] = "[a-z]*", "Subjects[zero].Prompt.Answer", () => Prompted(("Answer", "[a-z]+"))),
        new("number of passages", Effect.ReevaluatesOnly, p => p.Prompts[0].Metadata["Passages"] = "1", "Subjects[zero].Prompt.Passages 2 -> 1", Documented),
        new("a word of a document", Effect.ReevaluatesOnly, p => p.Change(Guide, t => t.Replace("please", "kindly")), "Subjects[zero].Prompt.Documents changed", Documented),
        new("name and line ends of a document", Effect.Nothing, p => { p.Write("Triage/docs/other.md", File.ReadAllText(p[Guide]).Replace("\n", "\r\n")); p.Subjects[0] = (Names.Documents, "$root/Triage/docs/other.md", []); }, "", Documented),
        new("name given to a prompt", Effect.ReevaluatesOnly, p => p.Prompts[0].Metadata["Name"] = "named", "Subjects[named]", () => Prompted(("Shots", "2"))),
        new("a prompt for the candidate", Effect.ReevaluatesOnly, p => p.Subjects.Add((Names.CandidatePrompt, "$root/Triage/hybrid.prompty", new() { ["Passages"] = "2" })), "Subjects[candidate].Prompt", Documented),
        new("passages for the candidate", Effect.ReevaluatesOnly, p => p.Subjects[^1].Metadata["Passages"] = "3", "Subjects[candidate].Prompt.Passages 2 -> 3",
            () => { EditProject p = Documented(); p.Subjects.Add((Names.CandidatePrompt, "$root/Triage/hybrid.prompty", new() { ["Passages"] = "2" })); return p; }),
    ];

    private static IEnumerable<Edit> Others() =>
    [
        new("an endpoint more", Effect.ReevaluatesOnly, p => p.Subjects.Add(Endpoint("more")), "Subjects[more]", Asking),
        new("address of an endpoint", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["Url"] = s_server.Value.Root + "v2", "Subjects[small].Respondent.Url", Asking),
        new("model of an endpoint", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["Model"] = "m2", "Subjects[small].Respondent.Model m1 -> m2", Asking),
        new("how an endpoint is told the longest answer", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["MaxTokensMember"] = "max_completion_tokens", "MaxTokensMember", Asking),
        new("price of prompts", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["PromptPrice"] = "0.5", "Subjects[small].Price.Prompt 0.15 -> 0.5", Asking),
        new("price of answers", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["CompletionPrice"] = "0.5", "Price.Completion 0.6 -> 0.5", Asking),
        new("currency", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["Currency"] = "EUR", "Price.Currency USD -> EUR", Asking),
        new("who is asked a prompt", Effect.ReevaluatesOnly, p => p.Prompts.Add(("zero.prompty", new() { ["Endpoint"] = "small" })), "", Asking),
        new("requests at a time, and patience", Effect.Nothing, p => { p.Subjects[0].Metadata["MaxConcurrency"] = "2"; p.Subjects[0].Metadata["Timeout"] = "9"; }, "", Asking),
        new("0.150 for 0.15 in a price", Effect.Nothing, p => p.Subjects[0].Metadata["PromptPrice"] = "0.150", "", Asking),
        new("budget", Effect.Nothing, p => p.Budget = "500", "", Asking),
        new("limit of cost", Effect.Nothing, p => p.MaxCost = "500", "", Asking),
        new("a recorded answer", Effect.ReevaluatesOnly, ChangeRecorded, "Subjects[small].Recorded changed", () => Asking().With(Names.UseEvalLock, "true")),
        new("a command", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["Command"] += " # the same", "Subjects[rules].Respondent.Command", Commanding),
        new("a file of a command", Effect.ReevaluatesOnly, p => p.Write("Triage/rules.txt", "other"), "Subjects[rules].Respondent.Inputs", Commanding),
        new("a question in the log of production", Effect.Nothing, p => p.Write("Triage/log.jsonl", """{"prompt":"another question"}"""), "",
            () => { EditProject p = Projects.Triage().Write("Triage/log.jsonl", """{"prompt":"a question"}"""); p.Subjects.Add((Names.ProductionLog, "$root/Triage/log.jsonl", [])); return p; }),
        new("time stamp of a command's file", Effect.Nothing, p => File.SetLastWriteTimeUtc(p["Triage/rules.txt"], DateTime.UtcNow.AddDays(-9)), "", Commanding),
    ];

    private static IEnumerable<Edit> Release() =>
    [
        new("the last release", Effect.ReevaluatesOnly, p => p.Subjects[0].Metadata["Version"] = "1.1.0", "Subjects[Contoso.Triage 1.0.0]", Compared),
        new("content of the last release", Effect.ReevaluatesOnly, p => WriteRelease(p, "1.0.0", "repacked"), "Respondent.Release changed", Compared),
        new("case of the release's id", Effect.Nothing, p => p.Subjects[0] = (Names.GateAgainst, Released.ToUpperInvariant(), p.Subjects[0].Metadata), "", Compared),
    ];

    private static EditProject Prompted(params (string Name, string Value)[] metadata)
    {
        EditProject project = Projects.Triage().Write(Examples, Projects.Row("first question", "bug") + "\n" + Projects.Row("second question", "setup") + "\n");
        project.Prompts.Add(("zero.prompty", metadata.ToDictionary(m => m.Name, m => m.Value)));
        return project;
    }

    private static EditProject Documented()
    {
        EditProject project = Prompted(("Passages", "2")).Write(Guide, "# Guide\n\nPlease ask about please.\n\n" + string.Join('\n', Enumerable.Range(0, 40).Select(i => $"case alpha{i} please now say something that fills the line and more of it about")))
            .Write("Triage/hybrid.prompty", "---\nname: h\n---\nuser:\n{{documents}}{{input}}\n").Write("Triage/prompts/zero.prompty", "---\nname: zero\n---\nuser:\n{{documents}} {{input}}\n");
        project.Subjects.Add((Names.Documents, "$root/Triage/docs/guide.md", []));
        return project;
    }

    private static EditProject Asking()
    {
        EditProject project = Projects.Triage();
        project.Subjects.Add(Endpoint("small"));
        return project;
    }

    private static (string, string, Dictionary<string, string>) Endpoint(string name) => (Names.ModelEndpoint, name, new()
    {
        ["Url"] = s_server.Value.Url, ["Model"] = "m1", ["PromptPrice"] = "0.15", ["CompletionPrice"] = "0.6",
    });

    private static EditProject Commanding()
    {
        EditProject project = Projects.Triage().Write("Triage/rules.txt", "rules");
        project.Subjects.Add((Names.ModelCommand, "rules", new() { ["Command"] = """sed -E 's/.*"id":"([^"]*)".*/{"id":"\1","text":"bug"}/'""", ["Inputs"] = "rules.txt" }));
        return project;
    }

    private static EditProject Compared()
    {
        EditProject project = Projects.Triage();
        WriteRelease(project, "1.0.0", "old");
        WriteRelease(project, "1.1.0", "old");
        project.Subjects.Add((Names.GateAgainst, Released, new() { ["Version"] = "1.0.0" }));
        return project;
    }

    /// <summary>A package as NuGet would have restored it.</summary>
    private static void WriteRelease(EditProject project, string version, string weights)
    {
        string root = $"restored/{Released.ToLowerInvariant()}/{version}";
        project.Write($"{root}/model/adapter_config.json", "{}").Write($"{root}/model/adapter_model.safetensors", weights).Write($"{root}/model/mock.json", """["bug"]""");
        var manifest = new ModelManifest
        {
            Id = Released, Version = version, Kind = ModelManifest.AdapterKind, Method = "lora", Base = new PackageIdentity("BaseModel.base", "1.0.0"),
            BaseDigest = Core.Fingerprinting.BaseModelIdentity.Compute(project["base"], Core.Artifacts.Digest.OfFile).Digest.ToString(),
            Files = PackagedFile.Describe(project[root]),
        };
        File.WriteAllBytes(project[$"{root}/model/{ModelManifest.FileName}"], manifest.ToBytes());
    }

    private static void ChangeRecorded(EditProject project)
    {
        string path = Path.Combine(project.Folder, "eval.lock");
        string[] lines = File.ReadAllLines(path);
        int at = Array.FindIndex(lines, l => l.Contains("\"text\":\"none\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("\"text\":\"none\"", "\"text\":\"nothing\"", StringComparison.Ordinal);
        string body = string.Concat(lines[1..].Select(l => l + "\n"));
        File.WriteAllText(path, JsonSerializer.Serialize(new { format = 1, digest = Core.Artifacts.Digest.Of(Encoding.UTF8.GetBytes(body)).ToString() }) + "\n" + body);
        Assert.NotNull(AnswerLock.Read(path));
    }

    /// <summary>Half of the labels, so that the candidate stays better.</summary>
    private static string Answer(string question) => Projects.Labels.Take(2).FirstOrDefault(question.Contains) ?? "none";
}
