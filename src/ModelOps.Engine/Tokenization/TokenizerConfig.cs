using System.Text.Json;

namespace ModelOps.Engine.Tokenization;

/// <summary>What <c>tokenizer_config.json</c> says beside the tokenizer itself; null for what it leaves open.</summary>
public sealed record TokenizerConfig
{
    public const string FileName = "tokenizer_config.json";

    /// <summary>Every <c>*_token</c> of the file by its name: <c>bos_token</c>, <c>eos_token</c>, <c>pad_token</c>, <c>unk_token</c>…</summary>
    public required IReadOnlyDictionary<string, string> SpecialTokens { get; init; }

    /// <summary>Templates by name; a single one is named <c>default</c>. <c>chat_template.jinja</c> beside the file wins.</summary>
    public required IReadOnlyDictionary<string, string> ChatTemplates { get; init; }

    public string? BosToken => SpecialTokens.GetValueOrDefault("bos_token");

    public string? EosToken => SpecialTokens.GetValueOrDefault("eos_token");

    public string? PadToken => SpecialTokens.GetValueOrDefault("pad_token");

    /// <summary>A folder without the file has neither special tokens nor templates.</summary>
    /// <exception cref="TokenizerException">The file is malformed.</exception>
    public static TokenizerConfig Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return new TokenizerConfig { SpecialTokens = new Dictionary<string, string>(), ChatTemplates = new Dictionary<string, string>() };
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = new JsonComponent(path, "", document.RootElement);
            return new TokenizerConfig { SpecialTokens = ReadTokens(root), ChatTemplates = ReadTemplates(root) };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new TokenizerException(path, $"the configuration is not the JSON that was expected: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> ReadTokens(JsonComponent root)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in root.Element.EnumerateObject().Where(e => e.Name.EndsWith("_token", StringComparison.Ordinal)))
        {
            // A string, or the object of an added token.
            if (entry.Value.ValueKind == JsonValueKind.String)
                tokens[entry.Name] = entry.Value.GetString()!;
            else if (entry.Value.ValueKind == JsonValueKind.Object)
                tokens[entry.Name] = root.Required(entry.Name).Text("content");
        }

        return tokens;
    }

    private static Dictionary<string, string> ReadTemplates(JsonComponent root)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.Optional("chat_template") is not { } value)
            return templates;
        if (value.Element.ValueKind == JsonValueKind.String)
        {
            templates["default"] = value.AsText();
            return templates;
        }

        foreach (var named in root.List("chat_template"))
            templates[named.Text("name")] = named.Text("template");
        return templates;
    }
}
