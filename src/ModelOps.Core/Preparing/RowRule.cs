using System.Globalization;
using System.Text.RegularExpressions;
using ModelOps.Core.Data;

namespace ModelOps.Core.Preparing;

/// <summary>A declared rule that a row must meet to stay. It sees one row and nothing else, so it cannot depend on held-out rows.</summary>
public sealed class RowRule
{
    /// <summary>The rule that drops records that are no valid rows instead of failing the build.</summary>
    public const string Valid = "Valid";

    private static readonly string[] s_bounded = ["PromptLength", "AnswerLength", "PromptWords", "AnswerWords", "Turns"];
    private static readonly string[] s_patterns = ["PromptMatches", "AnswerMatches", "PromptLacks", "AnswerLacks"];
    private readonly Func<PreparedRow, bool> _keeps;

    private RowRule(string name, string text, Func<PreparedRow, bool> keeps) => (Name, Text, _keeps) = (name, text, keeps);

    /// <summary>Every rule's name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_bounded, .. s_patterns, "Field", "Secrets", "PersonalData", Valid];

    public string Name { get; }

    /// <summary>The rule with what it is bound to, for people and for the record.</summary>
    public string Text { get; }

    public static bool IsBounded(string name) => s_bounded.Contains(name, StringComparer.Ordinal);

    public static bool HasPattern(string name) => s_patterns.Contains(name, StringComparer.Ordinal);

    /// <summary>A rule without further metadata: <c>Valid</c>, <c>Secrets</c>, <c>PersonalData</c>.</summary>
    public static RowRule Plain(string name) => new(name, name, name switch
    {
        "Secrets" => row => !Texts(row).Any(t => Secrets.Find(t) is not null),
        "PersonalData" => row => !Texts(row).Any(t => PersonalData.Email(t) >= 0 || PersonalData.Phone(t) >= 0 || PersonalData.Card(t) >= 0 || PersonalData.Iban(t) >= 0),
        _ => _ => true,
    });

    /// <param name="minimum">Null: no lower bound.</param>
    /// <param name="maximum">Null: no upper bound.</param>
    public static RowRule Bounded(string name, int? minimum, int? maximum) => new(
        name, string.Create(CultureInfo.InvariantCulture, $"{name}{(minimum is null ? "" : $" >= {minimum}")}{(maximum is null ? "" : $" <= {maximum}")}"),
        row => Measure(name, row) is var value && value >= (minimum ?? 0) && value <= (maximum ?? int.MaxValue));

    public static RowRule Pattern(string name, Regex pattern)
    {
        bool matches = name.EndsWith("Matches", StringComparison.Ordinal);
        return new RowRule(name, $"{name} {pattern}", row => pattern.IsMatch(name.StartsWith("Prompt", StringComparison.Ordinal) ? Prompt(row) : row.Row.Answer) == matches);
    }

    /// <summary>Keeps the rows whose field has one of the values.</summary>
    public static RowRule Field(string field, IReadOnlyList<string> values)
        => new("Field", $"Field {field} = {string.Join(" | ", values)}", row => row.Row.Fields().TryGetValue(field, out string? json) && values.Contains(Meaning(json), StringComparer.Ordinal));

    public bool Keeps(PreparedRow row) => _keeps(row);

    // A string's text, of anything else its JSON.
    private static string Meaning(string json) => json is ['"', ..] ? Artifacts.JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(json)).Root.GetString() : json;

    private static int Measure(string name, PreparedRow row) => name switch
    {
        "PromptLength" => Characters(Prompt(row)),
        "AnswerLength" => Characters(row.Row.Answer),
        "PromptWords" => row.Facts.QuestionWords,
        "AnswerWords" => row.Facts.AnswerWords,
        _ => row.Row.Messages.Count(m => m.Role == "user"),
    };

    private static string Prompt(PreparedRow row) => string.Join('\n', row.Row.Prompt.Where(m => m.Role == "user").Select(m => m.Content));

    private static IEnumerable<string> Texts(PreparedRow row) => row.Row.Messages.Select(m => m.Content);

    private static int Characters(string text)
    {
        int count = 0;
        foreach (System.Text.Rune _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
