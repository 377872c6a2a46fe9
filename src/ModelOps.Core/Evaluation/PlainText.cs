using System.Globalization;
using System.Text;

namespace ModelOps.Core.Evaluation;

/// <summary>Makes foreign text (answers, names, fields) safe for a log or a terminal.</summary>
internal static class PlainText
{
    private const int LongestLine = 200;

    /// <summary>
    /// One line without control and format characters (escape sequences, direction marks) and without the markers by which build servers take
    /// commands (<c>##vso[</c>, <c>##[</c>, <c>::name</c>), cut to <paramref name="longest"/> characters.
    /// </summary>
    public static string Line(string text, int longest = LongestLine)
    {
        var clean = new StringBuilder(Math.Min(text.Length, longest + 2));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length > longest)
            {
                break;
            }

            if (IsPlain(rune))
            {
                clean.Append(rune);
            }
            else if (clean.Length > 0 && clean[^1] != ' ')
            {
                clean.Append(' ');
            }
        }

        string line = clean.Replace("##", "# #").Replace("::", ": :").ToString();
        return line.Length <= longest ? line : line[..CutAt(line, longest - 1)] + "…";
    }

    private static int CutAt(string line, int length) => length > 0 && char.IsHighSurrogate(line[length - 1]) ? length - 1 : length;

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
