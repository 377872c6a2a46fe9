using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>A row to look at.</summary>
public sealed record RowSample(string File, int Line, string Prompt, string Answer);

/// <summary>What a set looks like, without its rows.</summary>
/// <param name="QuestionWords">Words of the users' messages of every row, in order of size.</param>
/// <param name="AnswerWords">Words of the answer of every row, in order of size.</param>
/// <param name="Labels">Labels and their rows, the most frequent first; empty where answers are texts.</param>
/// <param name="Scripts">Writing systems and the share of rows that use them most, the most frequent first.</param>
public sealed record SetSummary(
    DatasetKind Kind, int Rows, Digest Digest, IReadOnlyList<DatasetFile> Files, IReadOnlyList<int> QuestionWords, IReadOnlyList<int> AnswerWords,
    IReadOnlyList<(string Label, int Rows)> Labels, IReadOnlyList<(string Script, double Share)> Scripts, IReadOnlyList<RowSample> Samples);

/// <summary>Summaries of the sets of a project, for the data report and the data card.</summary>
public static class DataSummary
{
    /// <summary>Rows of a set whose writing system is looked at, evenly over the set.</summary>
    public const int ScriptRows = 2_000;

    /// <summary>Rows of a set that are shown, evenly over the set.</summary>
    public const int SampleRows = 8;

    private static readonly (string Script, int First, int Last)[] s_scripts =
    [
        ("Latin", 0x41, 0x5A), ("Latin", 0x61, 0x7A), ("Latin", 0xC0, 0x24F), ("Greek", 0x370, 0x3FF), ("Cyrillic", 0x400, 0x52F), ("Hebrew", 0x590, 0x5FF), ("Arabic", 0x600, 0x77F),
        ("Devanagari", 0x900, 0x97F), ("Bengali", 0x980, 0x9FF), ("Tamil", 0xB80, 0xBFF), ("Thai", 0xE00, 0xE7F), ("Georgian", 0x10A0, 0x10FF), ("Hangul", 0x1100, 0x11FF), ("Latin", 0x1E00, 0x1EFF),
        ("Kana", 0x3040, 0x30FF), ("Han", 0x3400, 0x9FFF), ("Hangul", 0xAC00, 0xD7AF), ("Han", 0xF900, 0xFAFF), ("Han", 0x20000, 0x3FFFF),
    ];

    public static IReadOnlyList<SetSummary> Of(IEnumerable<Dataset> datasets)
    {
        Dataset[] all = [.. datasets.OrderBy(d => d.Kind)];
        IReadOnlyDictionary<ulong, LabelChecks.Label>? labels = all.FirstOrDefault(d => d.Kind == DatasetKind.Training) is { } training ? LabelChecks.LabelsOf(training) : null;
        return [.. all.Select(d => Of(d, labels))];
    }

    private static SetSummary Of(Dataset set, IReadOnlyDictionary<ulong, LabelChecks.Label>? labels)
    {
        var questions = new int[set.Rows.Count];
        var answers = new int[set.Rows.Count];
        var counts = new Dictionary<ulong, int>();
        for (int i = 0; i < questions.Length; i++)
        {
            RowFacts facts = set.Rows[i].Facts;
            (questions[i], answers[i]) = (facts.QuestionWords, facts.AnswerWords);
            if (labels is not null)
            {
                counts[facts.Answer] = counts.GetValueOrDefault(facts.Answer) + 1;
            }
        }

        Array.Sort(questions);
        Array.Sort(answers);
        (string, int)[] known = labels is null ? [] : [.. labels.Select(l => (l.Value.Text, counts.GetValueOrDefault(l.Key))).OrderByDescending(l => l.Item2).ThenBy(l => l.Text, StringComparer.Ordinal)];
        return new SetSummary(set.Kind, set.Rows.Count, set.Digest, set.Files, questions, answers, known, Scripts(set), [.. Evenly(set.Rows, SampleRows).Select(Sample)]);
    }

    private static (string, double)[] Scripts(Dataset set)
    {
        var rows = new Dictionary<string, int>(StringComparer.Ordinal);
        int all = 0;
        foreach (Row row in Evenly(set.Rows, ScriptRows))
        {
            var letters = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (Rune rune in row.Messages.SelectMany(m => m.Content.EnumerateRunes()))
            {
                if (ScriptOf(rune.Value) is { } script)
                {
                    letters[script] = letters.GetValueOrDefault(script) + 1;
                }
            }

            string most = letters.Count == 0 ? "none" : letters.OrderByDescending(l => l.Value).ThenBy(l => l.Key, StringComparer.Ordinal).First().Key;
            rows[most] = rows.GetValueOrDefault(most) + 1;
            all++;
        }

        return [.. rows.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal).Select(r => (r.Key, (double)r.Value / all))];
    }

    private static string? ScriptOf(int rune)
    {
        foreach ((string script, int first, int last) in s_scripts)
        {
            if (rune >= first && rune <= last)
            {
                return script;
            }
        }

        return rune < 0x250 ? null : Rune.IsLetter(new Rune(rune)) ? "other" : null;
    }

    private static RowSample Sample(Row row)
        => new(row.Location.File, row.Location.Line, string.Join('\n', row.Prompt.Select(m => $"{m.Role}: {m.Content}")), row.Answer);

    private static IEnumerable<Row> Evenly(IReadOnlyList<Row> rows, int most)
    {
        int count = Math.Min(most, rows.Count);
        for (int i = 0; i < count; i++)
        {
            yield return rows[(int)((long)i * rows.Count / count)];
        }
    }
}
