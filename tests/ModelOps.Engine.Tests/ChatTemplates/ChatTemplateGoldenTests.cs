using System.Text.Json;
using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Engine.Tests.ChatTemplates;

/// <summary>Rendered text against goldens of Jinja2, set up as Transformers does.</summary>
public sealed class ChatTemplateGoldenTests
{
    [TheoryIfShared]
    [InlineData("chatml")]
    [InlineData("deepseekv3")]
    [InlineData("gemma")]
    [InlineData("llama3")]
    [InlineData("mistral_v1")]
    [InlineData("phi3")]
    [InlineData("qwen2_5")]
    [InlineData("qwen3_training")]
    [InlineData("zephyr_tinyllama")]
    public void Shipped_templates_render_as_upstream(string name)
    {
        string source = File.ReadAllText(SharedCases.In("templates", name, "chat_template.jinja"));
        Check(File.ReadLines(SharedCases.In("templates", name, "GOLDEN.jsonl")), _ => source);
    }

    private static string OwnCases => Environment.GetEnvironmentVariable("MODELOPS_TEMPLATE_CASES")
        ?? Path.Combine(AppContext.BaseDirectory, "Cases", "templates", "GOLDEN.jsonl");

    /// <summary>
    /// Written by eng/goldens/templates.py: small templates of our own, each row with its template; the variable lets the same test read
    /// what eng/goldens/templates-random.py writes.
    /// </summary>
    [Fact]
    public void Every_feature_renders_as_upstream() =>
        Check(File.ReadLines(OwnCases), row => row.GetProperty("source").GetString()!);

    private static void Check(IEnumerable<string> lines, Func<JsonElement, string> sourceOf)
    {
        var wrong = new List<string>();
        int count = 0;
        foreach (string line in lines)
        {
            count++;
            var row = JsonElement.Parse(line);
            string? expected = row.TryGetProperty("rendered", out var rendered) ? rendered.GetString() : null;
            string? problem = Difference(row, sourceOf(row), expected);
            if (problem != null)
                wrong.Add($"{line[..Math.Min(300, line.Length)]}\n  {problem}");
        }

        Assert.True(count >= 20);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count}\n" + string.Join('\n', wrong.Take(1000)));
    }

    private static string? Difference(JsonElement row, string source, string? expected)
    {
        try
        {
            var actual = Render(row, source);
            if (actual.Text != expected)
                return $"expected {JsonSerializer.Serialize(expected)}\n  actual   {JsonSerializer.Serialize(actual.Text)}";
            if (!row.TryGetProperty("generation_spans", out var spans))
                return actual.Generations.Count == 0 ? null : "a generation was found where there is none";
            string want = string.Join(' ', spans.EnumerateArray().Select(s => $"{s[0]}-{s[1]}"));
            string got = string.Join(' ', actual.Generations.Select(g => $"{CodePoints(actual.Text, g.Start)}-{CodePoints(actual.Text, g.End)}"));
            return want == got ? null : $"generations: expected {want}, actual {got}";
        }
        catch (ChatTemplateException e)
        {
            if (expected != null)
                return $"expected {JsonSerializer.Serialize(expected)}\n  failed   {e.Message}";
            string error = row.GetProperty("error").GetString()!;
            return e.RaisedByTemplate == error.StartsWith("TemplateError", StringComparison.Ordinal)
                && (!e.RaisedByTemplate || error == $"TemplateError: {e.Reason}")
                && e.Line > 0
                ? null
                : $"expected the error {error}, got {e.Message}";
        }
    }

    private static RenderedText Render(JsonElement row, string source)
    {
        var tokens = new Dictionary<string, string>();
        foreach (string name in new[] { "bos_token", "eos_token" })
        {
            if (row.TryGetProperty(name, out var token) && token.ValueKind == JsonValueKind.String)
                tokens[name] = token.GetString()!;
        }

        var variables = new Dictionary<string, JsonElement>();
        if (row.TryGetProperty("enable_thinking", out var thinking))
            variables["enable_thinking"] = thinking;
        var template = ChatTemplate.Parse(source, specialTokens: tokens, now: new DateTime(2026, 1, 15, 9, 5, 7));
        bool prompt = row.TryGetProperty("add_generation_prompt", out var flag) && flag.GetBoolean();
        return template.Render(
            new ChatConversation(row.GetProperty("messages"), row.TryGetProperty("tools", out var tools) ? tools : null) { Variables = variables }, prompt);
    }

    private static int CodePoints(string text, int end) => text.AsSpan(0, end).ToString().EnumerateRunes().Count();
}
