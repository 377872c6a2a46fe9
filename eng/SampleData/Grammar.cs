using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelOps.SampleData;

/// <summary>Sections of alternatives, read from a text file; the file's head explains its marks.</summary>
public sealed partial class Grammar
{
    private readonly Dictionary<string, List<(DataSet? Only, string Text)>> _sections = new(StringComparer.Ordinal);

    public IEnumerable<string> SectionNames => _sections.Keys;

    /// <param name="resource">Name of the embedded file, such as <c>TicketTriage/grammar.txt</c>.</param>
    public static Grammar Load(string resource)
    {
        var grammar = new Grammar();
        List<(DataSet?, string)>? section = null;
        foreach (string line in Resource.Lines(resource))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                grammar._sections.Add(line[3..], section = []);
            else
                (section ?? throw new InvalidDataException($"{resource}: '{line}' stands before the first section.")).Add(Mark(line));
        }

        return grammar;
    }

    public bool Has(string section) => _sections.ContainsKey(section);

    public IEnumerable<string> Lines(string section) => _sections[section].Select(l => l.Text);

    /// <summary>One line which the set may use; with the given chance one of those that only this set may use.</summary>
    public string Pick(string section, DataSet set, int ownPercent, SplitMix random)
    {
        List<(DataSet? Only, string Text)> lines = _sections[section];
        var own = lines.Where(l => l.Only == set).ToList();
        var shared = lines.Where(l => l.Only is null).ToList();
        return random.Pick(own.Count > 0 && random.Chance(ownPercent) ? own : shared).Text;
    }

    /// <summary>Replaces <c>{name}</c> by <paramref name="value"/>(name); <c>{Name}</c> asks for the same value with a capital letter.</summary>
    public static string Fill(string text, Func<string, string> value) => Slot().Replace(text, match =>
    {
        string name = match.Groups[1].Value;
        string lower = name.ToLowerInvariant();
        string filled = value(lower);
        return name == lower ? filled : Capital(filled);
    });

    public static string Capital(string text) => char.ToUpper(text[0], CultureInfo.InvariantCulture) + text[1..];

    private static (DataSet?, string) Mark(string line) => line[..Math.Min(3, line.Length)] switch
    {
        "v: " => (DataSet.Validation, line[3..]),
        "e: " => (DataSet.Eval, line[3..]),
        _ => (null, line),
    };

    [GeneratedRegex(@"\{([A-Za-z]+)\}")]
    private static partial Regex Slot();
}
