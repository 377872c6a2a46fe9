using System.Buffers;
using System.Text;

namespace ModelOps.Engine.Tokenization;

/// <summary>Finds added tokens in a text: leftmost, and longest where several begin at one place.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Node _root = new();
    private readonly SearchValues<char> _firsts;

    /// <summary>Each token under the text to look for; the first of two with one text wins.</summary>
    public AddedTokenFinder(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        foreach (var (text, token) in tokens.Where(t => t.Text.Length > 0))
        {
            var node = _root;
            foreach (char c in text)
                node = node.Children.TryGetValue(c, out var child) ? child : node.Children[c] = new Node();
            node.Token ??= token;
        }

        _firsts = SearchValues.Create([.. _root.Children.Keys]);
    }

    public bool IsEmpty => _root.Children.Count == 0;

    /// <summary>Cuts the text into runs without a token (null) and tokens, in order and without empty ones.</summary>
    public List<(int Start, int End, AddedToken? Token)> Cut(string text)
    {
        var cuts = new List<(int, int, AddedToken?)>();
        int done = 0, from = 0;
        while (Find(text, from, out int at, out int end, out var token))
        {
            from = end;
            if (token.SingleWord && (TouchesWordBefore(text, at) || TouchesWordAfter(text, end)))
                continue;
            if (token.LStrip)
                at = Math.Max(done, text.AsSpan(0, at).TrimEnd(WhiteSpace).Length);
            if (token.RStrip)
                end = text.Length - text.AsSpan(end).TrimStart(WhiteSpace).Length;
            if (at < done)
                continue;
            if (done < at)
                cuts.Add((done, at, null));
            cuts.Add((at, end, token));
            done = end;
        }

        if (done < text.Length)
            cuts.Add((done, text.Length, null));
        return cuts;
    }

    // What \s means in the reference.
    private static ReadOnlySpan<char> WhiteSpace =>
        "\t\n\v\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

    private bool Find(string text, int from, out int at, out int end, out AddedToken token)
    {
        for (at = from; at < text.Length; at++)
        {
            int skip = text.AsSpan(at).IndexOfAny(_firsts);
            if (skip < 0)
                break;
            at += skip;
            if (Longest(text, at, out end, out token))
                return true;
        }

        end = -1;
        token = null!;
        return false;
    }

    private bool Longest(string text, int at, out int end, out AddedToken token)
    {
        end = -1;
        token = null!;
        var node = _root;
        for (int i = at; i < text.Length && node.Children.TryGetValue(text[i], out var child); i++)
        {
            node = child;
            if (node.Token == null)
                continue;
            end = i + 1;
            token = node.Token;
        }

        return end >= 0;
    }

    private static bool TouchesWordBefore(string text, int at) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var rune, out _) == OperationStatus.Done && UnicodeTables.LibraryWord.Contains(rune.Value);

    private static bool TouchesWordAfter(string text, int at) =>
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _) == OperationStatus.Done && UnicodeTables.LibraryWord.Contains(rune.Value);

    private sealed class Node
    {
        public Dictionary<char, Node> Children { get; } = [];

        public AddedToken? Token { get; set; }
    }
}
