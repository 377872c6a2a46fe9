using System.Globalization;
using System.Text;

namespace ModelOps.Engine.Tokenization;

/// <summary>Turns tokens back into text; each step maps a list of strings to another, and the last list is joined.</summary>
internal abstract class TokenDecoder
{
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>What a token becomes does not depend on tokens far from it, so that a growing list can be decoded piece by piece.</summary>
    public virtual bool IsLocal => true;

    /// <summary>The bytes for which a token stands within a text; null where they depend on what stands beside it.</summary>
    public byte[]? BytesOf(string token)
    {
        var spelling = new TokenSpelling(token);
        return Spell(spelling) ? spelling.ToBytes() : null;
    }

    /// <summary>Does to one token what <see cref="Decode"/> does within a text; false where that cannot be said of one token alone.</summary>
    protected abstract bool Spell(TokenSpelling token);

    private static bool SpellText(TokenSpelling token, Func<string, string> change)
    {
        if (token.IsFused)
            return false;
        if (token.Bytes is null)
            token.Text = change(token.Text);
        return true;
    }

    public static TokenDecoder Read(JsonComponent json) => json.Type switch
    {
        "Sequence" => new Sequence([.. json.List("decoders").Select(Read)]),
        "ByteLevel" => new ByteLevel(),
        "ByteFallback" => new ByteFallback(),
        "Fuse" => new Fuse(),
        "Replace" => new Replace(TextSearch.Read(json.Required("pattern"), allowEmpty: false), json.Text("content")),
        "Strip" => new Strip(json.Text("content"), json.Number("start"), json.Number("stop")),
        "Metaspace" => new Metaspace(
            json.Text("replacement"), json.OptionalText("prepend_scheme") ?? (json.Flag("add_prefix_space", true) ? "always" : "never")),
        _ => throw json.Unsupported("decoder"),
    };

    /// <summary>The byte that a token such as <c>&lt;0xE2&gt;</c> stands for; -1 for any other.</summary>
    public static int FallbackByte(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) ? value : -1;

    private sealed class Sequence(TokenDecoder[] parts) : TokenDecoder
    {
        // ByteLevel joins all tokens, and so does Fuse, behind which a Strip sees only the beginning.
        public override bool IsLocal => Array.TrueForAll(parts, p => p.IsLocal)
            && (parts.Length == 1 || !Array.Exists(parts, p => p is ByteLevel))
            && parts.SkipWhile(p => p is not Fuse).Skip(1).All(p => p is Strip);

        public override List<string> Decode(List<string> tokens) => parts.Aggregate(tokens, (current, part) => part.Decode(current));

        protected override bool Spell(TokenSpelling token) => parts.All(part => part.Spell(token));
    }

    private sealed class ByteLevel : TokenDecoder
    {
        public override List<string> Decode(List<string> tokens)
        {
            var bytes = new List<byte>();
            foreach (string token in tokens)
                ByteLevelAlphabet.AppendBytes(token, bytes);
            return [Encoding.UTF8.GetString([.. bytes])];
        }

        protected override bool Spell(TokenSpelling token)
        {
            if (token.IsFused || token.Bytes is not null)
                return false;
            var bytes = new List<byte>();
            ByteLevelAlphabet.AppendBytes(token.Text, bytes);
            token.Bytes = [.. bytes];
            return token.IsFused = true;
        }
    }

    private sealed class ByteFallback : TokenDecoder
    {
        private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public override List<string> Decode(List<string> tokens)
        {
            var result = new List<string>(tokens.Count);
            var run = new List<byte>();
            foreach (string token in tokens)
            {
                int value = FallbackByte(token);
                if (value >= 0)
                {
                    run.Add((byte)value);
                    continue;
                }

                Flush(run, result);
                result.Add(token);
            }

            Flush(run, result);
            return result;
        }

        protected override bool Spell(TokenSpelling token)
        {
            if (FallbackByte(token.Text) is >= 0 and var value)
                token.Bytes = [(byte)value];
            return !token.IsFused;
        }

        // A run that is not UTF-8 as a whole becomes one replacement character for each byte.
        private static void Flush(List<byte> run, List<string> result)
        {
            if (run.Count == 0)
                return;
            try
            {
                result.Add(s_strict.GetString([.. run]));
            }
            catch (DecoderFallbackException)
            {
                result.AddRange(Enumerable.Repeat("\uFFFD", run.Count));
            }

            run.Clear();
        }
    }

    private sealed class Fuse : TokenDecoder
    {
        public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];

        protected override bool Spell(TokenSpelling token) => token.IsFused = true;
    }

    private sealed class Replace(TextSearch search, string content) : TokenDecoder
    {
        public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(t => search.Replace(t, content));

        protected override bool Spell(TokenSpelling token) => SpellText(token, t => search.Replace(t, content));
    }

    private sealed class Strip(string content, int start, int stop) : TokenDecoder
    {
        // Of a whole text it takes the ends, which are nothing within it.
        protected override bool Spell(TokenSpelling token) => token.IsFused ? string.IsNullOrWhiteSpace(content) : SpellText(token, t => Decode([t])[0]);

        public override bool IsLocal => start <= 1 && stop == 0;

        public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(token =>
        {
            int from = 0, to = token.Length;
            for (int i = 0; i < start && token.AsSpan(from).StartsWith(content, StringComparison.Ordinal); i++)
                from += content.Length;
            for (int i = 0; i < stop && to > from && token.AsSpan(from, to - from).EndsWith(content, StringComparison.Ordinal); i++)
                to -= content.Length;
            return token[from..to];
        });
    }

    private sealed class Metaspace(string replacement, string scheme) : TokenDecoder
    {
        public override List<string> Decode(List<string> tokens) => [.. tokens.Select((token, i) =>
            token.Replace(replacement, i == 0 && scheme != "never" ? "" : " ", StringComparison.Ordinal))];

        protected override bool Spell(TokenSpelling token) => SpellText(token, t => t.Replace(replacement, " ", StringComparison.Ordinal));
    }
}
