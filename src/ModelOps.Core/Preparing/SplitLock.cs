using System.Globalization;
using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>
/// <c>split.lock</c>: in which set every question is, for committing. A question that is in it never moves, whatever is added and whatever it turns out to resemble. Lines
/// <c>&lt;16 hexadecimal digits&gt; train|validation|eval</c>, in order; the digits begin the SHA-256 of all messages before the answer.
/// </summary>
public sealed class SplitLock
{
    private static readonly DatasetKind[] s_kinds = [DatasetKind.Training, DatasetKind.Validation, DatasetKind.Evaluation];
    private readonly Dictionary<string, DatasetKind> _sides = new(StringComparer.Ordinal);

    /// <summary>Of a file that is not there: empty.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1098</c>: a line is none of the file.</exception>
    public static SplitLock Read(string path)
    {
        var sides = new SplitLock();
        int number = 0;
        foreach (string line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            number++;
            string[] words = line.TrimEnd('\r').Split(' ');
            int kind = words.Length == 2 ? Array.FindIndex(s_kinds, k => k.Folder() == words[1]) : -1;
            if (kind < 0 || words[0].Length != 16 || !ulong.TryParse(words[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))
            {
                throw new DiagnosticException(PreparationErrors.InvalidLock(new SourceLocation(path, number, 1)));
            }

            sides._sides[words[0]] = s_kinds[kind];
        }

        return sides;
    }

    /// <summary>Null: the question is not in it.</summary>
    public DatasetKind? SideOf(PreparedRow row) => _sides.TryGetValue(row.QuestionKey, out DatasetKind kind) ? kind : null;

    /// <summary>The lock with these rows in it as well; what is not there any more stays, so that a row that comes back comes back to its place.</summary>
    public byte[] With(IEnumerable<(PreparedRow Row, DatasetKind Kind)> rows)
    {
        var all = new SortedDictionary<string, DatasetKind>(_sides, StringComparer.Ordinal);
        foreach ((PreparedRow row, DatasetKind kind) in rows)
        {
            all[row.QuestionKey] = kind;
        }

        var text = new StringBuilder();
        foreach ((string key, DatasetKind kind) in all)
        {
            text.Append(key).Append(' ').Append(kind.Folder()).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
