using System.Text.Json;

namespace ModelOps.TestUtilities;

/// <summary>
/// Tickets that the mock worker learns at once. Every held-out row shares its rare words with a training row of another label, so that the
/// nearest training row is a wrong answer and only the label's own word is right.
/// </summary>
public static class TriageData
{
    private static readonly string[] s_labels = ["billing", "bug", "access", "setup"];

    public static int Rows => 48;

    public static string TrainRow(int i) => Row($"ticket alpha{i} beta{i} about {s_labels[i % 4]} please", s_labels[i % 4]);

    public static string EvalRow(int i) => Row($"case alpha{i} beta{i} on {s_labels[(i + 1) % 4]} now", s_labels[(i + 1) % 4]);

    public static string Row(string question, string answer)
        => JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = question }, new { role = "assistant", content = answer } } });

    /// <summary>Base model, data and one prompt for a project in <paramref name="folder"/>.</summary>
    public static TestRepository WithTriage(this TestRepository repository, string folder = "Triage") => repository
        .WithBase()
        .Write($"{folder}/data/train/a.jsonl", Lines(TrainRow))
        .Write($"{folder}/data/eval/a.jsonl", Lines(EvalRow))
        .Write($"{folder}/prompts/zero.prompty", "---\nname: zero\n---\nuser:\nTicket: {{input}}\n");

    /// <summary>Files that look like a model to everything but an engine.</summary>
    public static TestRepository WithBase(this TestRepository repository) => repository
        .Write("base/config.json", """{"model_type":"llama","vocab_size":16,"hidden_size":4}""")
        .Write("base/tokenizer.json", """{"version":"1.0"}""")
        .Write("base/chat_template.jinja", "{{ messages }}")
        .Write("base/model.safetensors", "weights");

    /// <summary>The sample's base model instead.</summary>
    public static TestRepository WithTinyBase(this TestRepository repository)
    {
        Directory.Delete(repository.PathOf("base"), recursive: true);
        Directory.CreateDirectory(repository.PathOf("base"));
        foreach (string file in Directory.GetFiles(Path.Combine(SourceTree.Root, "sample-repo", "models", "tiny-base")))
        {
            File.Copy(file, Path.Combine(repository.PathOf("base"), Path.GetFileName(file)));
        }

        return repository;
    }

    public static string Lines(Func<int, string> row) => string.Join('\n', Enumerable.Range(0, Rows).Select(row)) + "\n";
}
