using System.Runtime.InteropServices;

namespace ModelOps.Engine.Tokenization;

/// <summary>
/// A model's tokenizer, read from its <c>tokenizer.json</c>; gives the ids that Hugging Face's tokenizers give. The file's
/// <c>truncation</c> and <c>padding</c> are ignored: they are leftovers of somebody's run, not the model's. Safe for several threads.
/// </summary>
public sealed class Tokenizer
{
    public const string FileName = "tokenizer.json";

    private readonly TokenizerParts _parts;
    private readonly Dictionary<int, string> _tokenOfId;
    private readonly Dictionary<string, int> _idOfToken;
    private readonly HashSet<int> _specialIds;
    private readonly HashSet<int> _skippedIds;
    private readonly HashSet<int> _byteIds;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _idOfToken = new Dictionary<string, int>(parts.Vocabulary, StringComparer.Ordinal);
        foreach (var token in parts.AddedTokens)
            _idOfToken[token.Content] = token.Id;
        _tokenOfId = parts.Vocabulary.ToDictionary(p => p.Value, p => p.Key);
        _specialIds = [.. parts.AddedTokens.Where(t => t.Special).Select(t => t.Id)];
        _skippedIds = [.. _specialIds];
        foreach (var token in parts.AddedTokens)
        {
            // As upstream (0.23), a token that is looked for in normalized form is decoded in that form too, and is then no longer skipped.
            _tokenOfId[token.Id] = token.Normalized ? parts.Normalizer?.Normalize(token.Content) ?? token.Content : token.Content;
            if (_tokenOfId[token.Id] != token.Content)
                _skippedIds.Remove(token.Id);
        }

        _byteIds = parts.ByteFallback ? [.. _tokenOfId.Where(p => TokenDecoder.FallbackByte(p.Value) >= 0).Select(p => p.Key)] : [];
        VocabularySize = _tokenOfId.Count == 0 ? 0 : _tokenOfId.Keys.Max() + 1;
    }

    /// <summary>One more than the largest id; a model's embedding has at least as many rows.</summary>
    public int VocabularySize { get; }

    public IReadOnlyList<AddedToken> AddedTokens => _parts.AddedTokens;

    /// <summary>
    /// A text may be cut before any character and its parts be encoded one by one: nothing is put before a part. False for
    /// SentencePiece-style tokenizers, which put a space before every text.
    /// </summary>
    public bool EncodesPartsAlike => _parts.EncodesPartsAlike;

    /// <exception cref="TokenizerException">The file is missing, malformed, or asks for a component that is not supported.</exception>
    public static Tokenizer Load(string folder) => LoadFile(Path.Combine(folder, FileName));

    /// <inheritdoc cref="Load"/>
    public static Tokenizer LoadFile(string path) => new(TokenizerReader.Read(path));

    public int? IdOf(string token) => _idOfToken.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token as the vocabulary spells it (GPT-2's alphabet, ▁ for a space); null for an id without a token.</summary>
    public string? TokenOf(int id) => _tokenOfId.GetValueOrDefault(id);

    public bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <param name="text">Half a surrogate pair counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Puts the tokens around it that the post-processor asks for; off for a rendered chat template.</param>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        var ids = new List<int>((text.Length / 3) + 8);
        if (addSpecialTokens)
            ids.AddRange(_parts.PostProcessor.Before);
        EncodeInto(Valid(text), ids);
        if (addSpecialTokens)
            ids.AddRange(_parts.PostProcessor.After);
        return [.. ids];
    }

    /// <summary>Ids without a token are left out; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            if (_tokenOfId.TryGetValue(id, out string? token) && !(skipSpecialTokens && _skippedIds.Contains(id)))
                tokens.Add(token);
        }

        return _parts.Decoder == null ? string.Join(' ', tokens) : string.Concat(_parts.Decoder.Decode(tokens));
    }

    /// <summary>
    /// The bytes that a token writes within a text. Null for special tokens and for ids without a token, and where it depends on the
    /// tokens beside it.
    /// </summary>
    public byte[]? BytesOf(int id) =>
        _parts.Decoder is { } decoder && !_specialIds.Contains(id) && _tokenOfId.TryGetValue(id, out string? token) ? decoder.BytesOf(token) : null;

    public StreamingDecoder StreamDecode(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    internal bool DecodesLocally => _parts.Decoder?.IsLocal ?? true;

    internal bool IsByteToken(int id) => _byteIds.Contains(id);

    private static string Valid(string text)
    {
        var units = text.AsSpan();
        for (int i = 0; i < units.Length; i++)
        {
            if (!char.IsSurrogate(units[i]))
                continue;
            if (!char.IsHighSurrogate(units[i]) || i + 1 == units.Length || !char.IsLowSurrogate(units[i + 1]))
                return string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
            i++;
        }

        return text;
    }

    private void EncodeInto(string text, List<int> ids)
    {
        foreach (var (start, end, token) in _parts.RawTokens.Cut(text))
        {
            if (token != null)
            {
                ids.Add(token.Id);
                continue;
            }

            string run = start == 0 && end == text.Length ? text : text[start..end];
            string normalized = _parts.Normalizer?.Normalize(run) ?? run;
            foreach (var (from, to, normalizedToken) in _parts.NormalizedTokens.Cut(normalized))
            {
                if (normalizedToken != null)
                    ids.Add(normalizedToken.Id);
                else
                    EncodePart(new TextPart(normalized, from, to - from, start == 0 && from == 0), ids);
            }
        }
    }

    private void EncodePart(TextPart whole, List<int> ids)
    {
        List<TextPart> parts = [whole];
        foreach (var step in _parts.PreTokenizers)
        {
            var next = new List<TextPart>(parts.Count * 4);
            foreach (ref readonly var part in CollectionsMarshal.AsSpan(parts))
                step.Split(part, next);
            parts = next;
        }

        foreach (ref readonly var part in CollectionsMarshal.AsSpan(parts))
            _parts.Model.Encode(part.Span, ids);
    }
}
