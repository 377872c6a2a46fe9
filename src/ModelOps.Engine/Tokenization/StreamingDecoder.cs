namespace ModelOps.Engine.Tokenization;

/// <summary>
/// Decodes a growing list of tokens piece by piece. What it returns, joined, is what <see cref="Tokenizer.Decode"/> gives for all of
/// them: a piece is held back while a character is incomplete or a run of byte tokens is open, and all of them where the tokenizer's decoder
/// needs the whole list.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly List<int> _window = [];
    private int _emitted;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>The text that the token completes; empty where it completes none yet.</summary>
    public string Add(int id)
    {
        _window.Add(id);
        if (!_tokenizer.DecodesLocally)
            return "";
        string text = Decode(_window.Count);
        return text.EndsWith('\uFFFD') || _tokenizer.IsByteToken(id) ? "" : Emit(text);
    }

    /// <summary>What is still held back; call it once, after the last token.</summary>
    public string Flush() => Emit(Decode(_window.Count));

    /// <summary>What is held back, as it would read if nothing followed.</summary>
    internal string Pending => Decode(_window.Count)[Decode(_emitted).Length..];

    private string Emit(string text)
    {
        // The window keeps the tokens of the last piece: decoders treat the first token of a text differently from the others.
        string piece = text[Decode(_emitted).Length..];
        if (piece.Length == 0)
            return "";
        _window.RemoveRange(0, _emitted);
        _emitted = _window.Count;
        return piece;
    }

    private string Decode(int count) => _tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_window)[..count], _skipSpecialTokens);
}
