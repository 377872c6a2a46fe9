using System.Text;

namespace ModelOps.Engine.Tokenization;

/// <summary>Rewrites text before it is split. Always total: any valid UTF-16 in, valid UTF-16 out.</summary>
internal abstract class Normalizer
{
    public abstract string Normalize(string text);

    public static Normalizer Read(JsonComponent json) => json.Type switch
    {
        "Sequence" => new Sequence([.. json.List("normalizers").Select(Read)]),
        "NFC" => new Unicode(UnicodeForm.Nfc),
        "NFD" => new Unicode(UnicodeForm.Nfd),
        "NFKC" => new Unicode(UnicodeForm.Nfkc),
        "NFKD" => new Unicode(UnicodeForm.Nfkd),
        "Lowercase" => new Lowercase(),
        "Prepend" => new Prepend(json.Text("prepend")),
        "Replace" => new Replace(TextSearch.Read(json.Required("pattern"), allowEmpty: false), json.Text("content")),
        "Strip" => new Strip(json.Flag("strip_left", true), json.Flag("strip_right", true)),
        _ => throw json.Unsupported("normalizer"),
    };

    private sealed class Sequence(Normalizer[] parts) : Normalizer
    {
        public override string Normalize(string text) => parts.Aggregate(text, (current, part) => part.Normalize(current));
    }

    private sealed class Unicode(UnicodeForm form) : Normalizer
    {
        public override string Normalize(string text) => UnicodeNormalization.Normalize(text, form);
    }

    private sealed class Lowercase : Normalizer
    {
        public override string Normalize(string text)
        {
            var result = new StringBuilder(text.Length);
            Span<char> units = stackalloc char[2];
            foreach (var rune in text.EnumerateRunes())
            {
                if (rune.IsAscii)
                    result.Append((char)(rune.Value is >= 'A' and <= 'Z' ? rune.Value | 0x20 : rune.Value));
                else if (!UnicodeTables.Lower.TryGetValue(rune.Value, out int[]? lower))
                    result.Append(units[..rune.EncodeToUtf16(units)]);
                else
                    Array.ForEach(lower, c => result.Append(new Rune(c)));
            }

            return result.ToString();
        }
    }

    private sealed class Prepend(string prefix) : Normalizer
    {
        public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
    }

    private sealed class Replace(TextSearch search, string content) : Normalizer
    {
        public override string Normalize(string text) => search.Replace(text, content);
    }

    private sealed class Strip(bool left, bool right) : Normalizer
    {
        public override string Normalize(string text)
        {
            int start = 0, end = text.Length;
            while (left && start < end && UnicodeTables.White.Contains(text[start]))
                start++;
            while (right && end > start && UnicodeTables.White.Contains(text[end - 1]))
                end--;
            return text[start..end];
        }
    }
}
