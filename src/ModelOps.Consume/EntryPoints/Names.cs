using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Consume.EntryPoints;

/// <summary>C# names from foreign text, in ASCII: other letters are written as the escapes that C# allows in names.</summary>
internal static class Names
{
    /// <summary>Longer ones are cut, and told apart by their digest.</summary>
    private const int Longest = 60;

    /// <summary>Members that types have anyway, or that a record must not declare.</summary>
    private static readonly HashSet<string> s_taken = new(StringComparer.Ordinal)
    {
        "Clone", "Deconstruct", "EqualityContract", "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "Parse", "PrintMembers", "ReferenceEquals", "ToString",
    };

    /// <summary>
    /// Names of members in the order of <paramref name="texts"/>, which are distinct: <c>needs-triage</c> is <c>NeedsTriage</c>. Texts that would share one get the
    /// start of their digest behind it, each of them, so that no name ever passes silently from one text to another when a third one goes.
    /// </summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> texts)
    {
        string[] plain = [.. texts.Select(Pascal)];
        HashSet<string> shared = [.. plain.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key)];
        return [.. plain.Zip(texts, (name, text) => Escape(
            name.Length > Longest || shared.Contains(name) ? $"{Cut(name)}_{Digest.Of(MemoryMarshal.AsBytes(text.AsSpan())).Hex[..8]}"
            : s_taken.Contains(name) ? name + "_" : name))];
    }

    /// <summary>The parts of the text between other characters than letters and digits, each with a capital.</summary>
    public static string Pascal(string text)
    {
        var name = new StringBuilder();
        bool begins = true;
        foreach (char c in Normalized(text))
        {
            if (IsPart(c))
            {
                name.Append(begins ? char.ToUpperInvariant(c) : c);
            }

            begins = !IsPart(c);
        }

        return name.Length == 0 ? text.Length == 0 ? "Empty" : "Value" : char.IsLetter(name[0]) ? name.ToString() : "_" + name;
    }

    /// <summary>The name with every letter beyond ASCII escaped.</summary>
    public static string Escape(string name) => string.Concat(name.Select(c => char.IsAscii(c) ? c.ToString() : $"\\u{(int)c:x4}"));

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string Cut(string name) => name[..Math.Min(name.Length, Longest)];

    /// <summary>Half a surrogate pair, which JSON can hold, has no normal form.</summary>
    private static string Normalized(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return text;
        }
    }
}
