using System.Text.Json;
using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Real supervised rows as token ids: a sample of the BANKING77 training questions beside the checkout, through the tokenizer and the chat
/// template of the sample's base model; only the answers are scored. In a random order, and in batches of rows of like length.
/// </summary>
internal sealed class TrainingData
{
    public const int Rows = 320;
    private const int Batch = 8;
    private readonly string _source;
    private readonly Lazy<(string Shuffled, string Sorted)> _files;

    public TrainingData(string root)
    {
        _source = Path.GetFullPath(Path.Combine(root, "..", "shared", "cases", "datasets", "banking77.train.jsonl"));
        _files = new(() => Write(Path.Combine(root, "sample-repo", "models", "tiny-base")));
    }

    public string? Missing => File.Exists(_source) ? null : $"there is no {_source}";

    public string Shuffled => _files.Value.Shuffled;

    /// <summary>Batches of rows of like length, the batches in a random order.</summary>
    public string Sorted => _files.Value.Sorted;

    private (string Shuffled, string Sorted) Write(string model)
    {
        var renderer = ConversationRenderer.Load(model);
        var random = new Random(1);
        string[] lines = File.ReadAllLines(_source);
        random.Shuffle(lines);
        RenderedConversation[] rows = [.. lines.Take(Rows).Select(line => Render(renderer, line))];
        RenderedConversation[][] batches = [.. rows.OrderBy(row => row.Tokens.Length).Chunk(Batch)];
        random.Shuffle(batches);
        return (WriteRows("rows.jsonl", rows), WriteRows("rows-sorted.jsonl", batches.SelectMany(batch => batch)));
    }

    private static RenderedConversation Render(ConversationRenderer renderer, string line)
    {
        using var row = JsonDocument.Parse(line);
        return renderer.Render(new ChatConversation(row.RootElement.GetProperty("messages").Clone()));
    }

    private static string WriteRows(string name, IEnumerable<RenderedConversation> rows)
    {
        string path = Path.Combine(Scratch.Folder, name);
        File.WriteAllLines(path, rows.Select(row => JsonSerializer.Serialize(new
        {
            input_ids = row.Tokens,
            labels = row.Tokens.Zip(row.IsAssistant, (token, scored) => scored ? token : -100),
        })));
        return path;
    }
}
