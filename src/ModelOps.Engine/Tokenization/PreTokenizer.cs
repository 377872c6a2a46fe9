using System.Text;
using ModelOps.Engine.Tokenization.Patterns;

namespace ModelOps.Engine.Tokenization;

/// <summary>A part of the text between two boundaries that no token crosses.</summary>
/// <param name="Text">Holds the part.</param>
/// <param name="Start">In UTF-16 units.</param>
/// <param name="Length">In UTF-16 units; never 0.</param>
/// <param name="AtTextStart">The part begins where the whole text begins.</param>
internal readonly record struct TextPart(string Text, int Start, int Length, bool AtTextStart)
{
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    public TextPart Slice(int start, int end) => new(Text, Start + start, end - start, AtTextStart && start == 0);
}

/// <summary>Splits parts into smaller ones.</summary>
internal abstract class PreTokenizer
{
    public abstract void Split(TextPart part, List<TextPart> result);

    /// <summary>Reads the steps in order. <paramref name="byteLevel"/> says that parts are encoded as stand-ins for their UTF-8 bytes.</summary>
    public static IReadOnlyList<PreTokenizer> Read(JsonComponent? json, out bool byteLevel)
    {
        var steps = new List<PreTokenizer>();
        byteLevel = false;
        if (json is { } root)
            ReadInto(root, steps, ref byteLevel);
        return steps;
    }

    private static void ReadInto(JsonComponent json, List<PreTokenizer> steps, ref bool byteLevel)
    {
        if (json.Type == "Sequence")
        {
            foreach (var part in json.List("pretokenizers"))
                ReadInto(part, steps, ref byteLevel);
            return;
        }

        if (byteLevel)
            throw json.Refuse($"the pre-tokenizer '{json.Type}' after ByteLevel is not supported");
        if (json.Type == "ByteLevel")
        {
            byteLevel = true;
            if (json.Flag("add_prefix_space", true))
                steps.Add(new PrefixSpace());
            if (json.Flag("use_regex", true))
                steps.Add(new PatternSplit(new TextSearch(new TextPattern(PatternSplit.Gpt2)), SplitBehavior.Isolated, invert: false));
            return;
        }

        steps.Add(ReadStep(json));
    }

    private static PreTokenizer ReadStep(JsonComponent json) => json.Type switch
    {
        "Split" => new PatternSplit(TextSearch.Read(json.Required("pattern")), ReadBehavior(json), json.Flag("invert", false)),
        "Digits" => new CodePointSplit(UnicodeTables.Numeric, json.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "Punctuation" => new CodePointSplit(UnicodeTables.Punctuation, ReadBehavior(json)),
        "Whitespace" => new WordSplit(),
        "WhitespaceSplit" => new CodePointSplit(UnicodeTables.White, SplitBehavior.Removed),
        "Metaspace" => Metaspace.Read(json),
        _ => throw json.Unsupported("pre-tokenizer"),
    };

    private static SplitBehavior ReadBehavior(JsonComponent json)
    {
        string name = json.OptionalText("behavior") ?? nameof(SplitBehavior.Isolated);
        return Enum.TryParse<SplitBehavior>(name, out var behavior) && behavior.ToString() == name
            ? behavior
            : throw json.Refuse($"the split behavior '{name}' is not supported");
    }

    private sealed class PrefixSpace : PreTokenizer
    {
        public override void Split(TextPart part, List<TextPart> result) =>
            result.Add(part.Span[0] == ' ' ? part : new TextPart($" {part.Span}", 0, part.Length + 1, part.AtTextStart));
    }

    private sealed class PatternSplit(TextSearch search, SplitBehavior behavior, bool invert) : PreTokenizer
    {
        /// <summary>GPT-2's own, which ByteLevel implies (github.com/openai/gpt-2, encoder.py).</summary>
        public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

        public override void Split(TextPart part, List<TextPart> result)
        {
            var span = part.Span;
            var splitter = new Splitter(part, behavior, result);
            int done = 0;
            var matches = search.FindAll(span);
            while (matches.MoveNext())
            {
                if (done < matches.Start)
                    splitter.Add(done, matches.Start, isMatch: invert);
                splitter.Add(matches.Start, matches.End, isMatch: !invert);
                done = matches.End;
            }

            if (done < span.Length)
                splitter.Add(done, span.Length, isMatch: invert);
            splitter.Complete();
        }
    }

    private sealed class CodePointSplit(CodePointSet set, SplitBehavior behavior) : PreTokenizer
    {
        public override void Split(TextPart part, List<TextPart> result)
        {
            var splitter = new Splitter(part, behavior, result);
            int done = 0, at = 0;
            foreach (var rune in part.Span.EnumerateRunes())
            {
                int end = at + rune.Utf16SequenceLength;
                if (set.Contains(rune.Value))
                {
                    if (done < at)
                        splitter.Add(done, at, isMatch: false);
                    splitter.Add(at, end, isMatch: true);
                    done = end;
                }

                at = end;
            }

            if (done < at)
                splitter.Add(done, at, isMatch: false);
            splitter.Complete();
        }
    }

    /// <summary>Runs of word characters and runs of others, without the white space between them.</summary>
    private sealed class WordSplit : PreTokenizer
    {
        public override void Split(TextPart part, List<TextPart> result)
        {
            int start = 0, at = 0;
            // 0: white space, 1: word, 2: other.
            int kind = 0;
            foreach (var rune in part.Span.EnumerateRunes())
            {
                int next = UnicodeTables.White.Contains(rune.Value) ? 0 : UnicodeTables.LibraryWord.Contains(rune.Value) ? 1 : 2;
                if (next != kind)
                {
                    Add(at);
                    (start, kind) = (at, next);
                }

                at += rune.Utf16SequenceLength;
            }

            Add(at);

            void Add(int end)
            {
                if (kind != 0)
                    result.Add(part.Slice(start, end));
            }
        }
    }

    private sealed class Metaspace(string replacement, string scheme, bool split) : PreTokenizer
    {
        private readonly TextSearch _search = new(replacement);

        public static Metaspace Read(JsonComponent json)
        {
            string scheme = json.OptionalText("prepend_scheme") ?? (json.Flag("add_prefix_space", true) ? "always" : "never");
            return scheme is "always" or "first" or "never"
                ? new Metaspace(json.Text("replacement"), scheme, json.Flag("split", true))
                : throw json.Refuse($"the prepend_scheme '{scheme}' is not supported");
        }

        public override void Split(TextPart part, List<TextPart> result)
        {
            string text = part.Span.ToString().Replace(" ", replacement, StringComparison.Ordinal);
            bool prepend = scheme == "always" || (scheme == "first" && part.AtTextStart);
            if (prepend && !text.StartsWith(replacement, StringComparison.Ordinal))
                text = replacement + text;
            var whole = new TextPart(text, 0, text.Length, part.AtTextStart);
            if (split)
                new PatternSplit(_search, SplitBehavior.MergedWithNext, invert: false).Split(whole, result);
            else
                result.Add(whole);
        }
    }
}
