using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>One edit of a project that is up to date, and what the next build must do.</summary>
/// <param name="Says">A part of the build's one-line reason.</param>
internal sealed record Edit(string Name, Effect Effect, Action<EditProject> Apply, string Says = "", Func<EditProject>? Project = null)
{
    /// <summary>The project that is edited, not yet built.</summary>
    public EditProject Start() => (Project ?? Projects.Triage)();
}

/// <summary>The projects that edits begin with.</summary>
internal static class Projects
{
    public static readonly string[] Labels = ["billing", "bug", "access", "setup"];

    /// <summary>Tickets, one of four labels each; a prompt; a gate that is met.</summary>
    public static EditProject Triage()
    {
        EditProject project = Bare()
            .Write("Triage/data/train/a.jsonl", TriageData.Lines(TriageData.TrainRow) + Tools)
            .Write("Triage/data/eval/a.jsonl", TriageData.Lines(TriageData.EvalRow));
        project.Gates.Add(("ExactMatch", new() { ["Minimum"] = "0.80", ["MinimumGain"] = "0.10" }));
        return project;
    }

    /// <summary>Answers are JSON objects, so that metrics have a field.</summary>
    public static EditProject Fields()
    {
        EditProject project = Bare()
            .Write("Triage/data/train/a.jsonl", Json("ticket alpha", 0))
            .Write("Triage/data/eval/a.jsonl", Json("case beta", 1));
        project.Gates.Add(("FieldAccuracy", new() { ["Maximum"] = "0.9", ["Field"] = "team" }));
        return project;
    }

    /// <summary>Preference pairs instead of answers to learn from.</summary>
    public static EditProject Pairs()
    {
        EditProject project = Triage();
        string[] lines = [.. Enumerable.Range(0, TriageData.Rows).Select(i => JsonSerializer.Serialize(new
        {
            prompt = $"ticket alpha{i} beta{i} about {Labels[i % 4]} please", chosen = Labels[i % 4], rejected = Labels[(i + 1) % 4],
        }))];
        File.Delete(project["Triage/data/validation/a.jsonl"]);
        return project.Write("Triage/data/train/a.jsonl", string.Join('\n', lines) + "\n");
    }

    public static EditProject With(this EditProject project, string setting, string value)
    {
        project.Settings[setting] = value;
        return project;
    }

    /// <summary>With one gate more.</summary>
    public static EditProject Gate(this EditProject project, string metric, params (string Name, string Value)[] metadata)
    {
        project.Gates.Add((metric, metadata.ToDictionary(m => m.Name, m => m.Value)));
        return project;
    }

    public static string Row(string question, string answer) => TriageData.Row(question, answer);

    /// <summary>A row whose template can show a tool's schema and an argument.</summary>
    public const string Tools = """{"messages":[{"role":"user","content":"which tool helps with setup"},{"role":"assistant","content":"setup"}],"tools":[{"name":"lookup","parameters":{"type":"object","limit":1}}]}""" + "\n";

    private static EditProject Bare()
    {
        // Every field of the architecture, so that each of them is edited by some row of the table.
        var config = new JsonObject { ["model_type"] = "llama", ["_name_or_path"] = "somewhere", ["torch_dtype"] = "float32", ["transformers_version"] = "4.1" };
        foreach (string name in Architecture.Where(n => n != "model_type"))
        {
            config[name] = name == "rope_theta" ? JsonNode.Parse("10000.0") : name == "layer_types" ? new JsonArray("full_attention") : (JsonNode)16;
        }

        var project = new EditProject();
        return project
            .Write("base/config.json", config.ToJsonString())
            .Write("base/generation_config.json", """{"eos_token_id":2,"temperature":0.6}""")
            .Write("base/tokenizer.json", """{"version":"1.0"}""")
            .Write("base/tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>","model_max_length":512}""")
            .Write("base/chat_template.jinja", "{{ messages }}")
            .Write("base/model.safetensors", "weights")
            .Write("base/LICENSE", "MIT")
            .Write("Triage/Triage.csproj", "<Project />\n")
            .Write("Triage/prompts/zero.prompty", "---\nname: zero\ndescription: No examples.\n---\nuser:\nTicket: {{input}}\n")
            .Write("Triage/data/validation/a.jsonl", Row("validation row about bug", "bug") + "\n");
    }

    /// <summary>The fields of <c>config.json</c> that the product takes for the architecture, as it lists them itself.</summary>
    public static IReadOnlyList<string> Architecture { get; } = (string[])typeof(Core.Fingerprinting.BaseModelIdentity).Assembly
        .GetType("ModelOps.Core.Fingerprinting.BaseModelFolder")!.GetField("s_architecture", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.GetValue(null)!;

    private static string Json(string prefix, int shift) => string.Concat(Enumerable.Range(0, 24).Select(i => Row(
        $"{prefix}{i} gamma{i * 7} about {Labels[(i + shift) % 4]} please",
        JsonSerializer.Serialize(new { team = Labels[(i + shift) % 4], urgent = i % 3 == 0 })) + "\n"));
}
