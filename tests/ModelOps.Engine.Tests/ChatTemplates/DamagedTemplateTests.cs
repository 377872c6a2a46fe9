using System.Text;
using System.Text.Json;
using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Engine.Tests.ChatTemplates;

/// <summary>A damaged template is refused with line and column, or renders; nothing else happens.</summary>
public sealed class DamagedTemplateTests
{
    private static readonly string[] s_pieces =
        ["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "'", "\"", "|", ".", ",", "~", "**", "//", " if ", " else ", " in ", " is ", " not ", "for ", "endfor", "set ", "macro ", "loop", "none", "9999999999", "1e400", "\\", "\0", "\U0001F642", "\uD800"];

    private static readonly ChatConversation s_conversation = ChatConversation.FromMessages(("system", "Be brief."), ("user", "one"), ("assistant", "two"));

    [Fact]
    public void Random_damage_is_refused_with_its_place_or_renders()
    {
        string[] sources = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "templates", "GOLDEN.jsonl"))
            .Select(line => JsonElement.Parse(line).GetProperty("source").GetString()!)];
        var random = new Random(11);
        for (int round = 0; round < Soak.Count(2000, 200_000); round++)
            Check(Damage(sources[random.Next(sources.Length)], random));
    }

    /// <param name="piece">Stands many times before a 1.</param>
    /// <param name="end">Stands as often behind it.</param>
    [Theory]
    [InlineData("(", ")", "nested")]
    [InlineData("[", "]", "nested")]
    [InlineData("-", "", "nested")]
    [InlineData("1+", "", "too long")]
    [InlineData("not ", "", "too long")]
    public void An_expression_nested_without_end_is_refused(string piece, string end, string reason)
    {
        string source = "{{ " + string.Concat(Enumerable.Repeat(piece, 200_000)) + "1" + string.Concat(Enumerable.Repeat(end, 200_000)) + " }}";
        var e = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render(s_conversation));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_and_macros_nested_without_end_are_refused()
    {
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000))));
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").Render(s_conversation));
    }

    private static void Check(string source)
    {
        try
        {
            ChatTemplate.Parse(source).Render(s_conversation);
        }
        catch (ChatTemplateException e)
        {
            Assert.True(e is { Line: >= 1, Column: >= 1 }, $"no place: {e.Message}");
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{e}\n{source}");
        }
    }

    private static string Damage(string source, Random random)
    {
        var text = new StringBuilder(source);
        for (int i = 1 + random.Next(4); i > 0 && text.Length > 0; i--)
        {
            int at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0: text.Remove(at, Math.Min(1 + random.Next(8), text.Length - at)); break;
                case 1: text[at] = (char)random.Next(32, 127); break;
                case 2: text.Insert(at, source.AsSpan(random.Next(source.Length))[..1]); break;
                default: text.Insert(at, s_pieces[random.Next(s_pieces.Length)]); break;
            }
        }

        return text.ToString();
    }
}
