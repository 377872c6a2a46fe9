using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>The bytes of all tokens that write text, sorted, so that tokens which begin alike are looked at together.</summary>
internal sealed class TokenSpellings
{
    private readonly byte[][] _bytes;
    private readonly int[] _ids;
    private readonly int[] _shared; // bytes that a token has in common with the one before it
    private readonly Dictionary<int, byte[]> _byId = [];
    private readonly int _longest;

    /// <param name="except">Tokens that end an answer.</param>
    internal TokenSpellings(Tokenizer tokenizer, IEnumerable<int> except)
    {
        var ends = except.ToHashSet();
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (!ends.Contains(id) && tokenizer.BytesOf(id) is { Length: > 0 } bytes)
                _byId.Add(id, bytes);
        }

        var sorted = _byId.ToList();
        sorted.Sort((a, b) => a.Value.AsSpan().SequenceCompareTo(b.Value));
        _bytes = [.. sorted.Select(t => t.Value)];
        _ids = [.. sorted.Select(t => t.Key)];
        _shared = new int[_bytes.Length];
        for (int i = 1; i < _bytes.Length; i++)
            _shared[i] = _bytes[i - 1].AsSpan().CommonPrefixLength(_bytes[i]);
        _longest = _bytes.Select(b => b.Length).DefaultIfEmpty(0).Max();
        Vocabulary = tokenizer.VocabularySize;
        DropsLeadingSpace = sorted.Find(t => t.Value[0] == ' ') is { Value: not null } space && !tokenizer.Decode([space.Key]).StartsWith(' ');
    }

    internal int Vocabulary { get; }

    /// <summary>The first space of an answer is not part of its text, as SentencePiece has it.</summary>
    internal bool DropsLeadingSpace { get; }

    /// <summary>Bytes that a token of their own writes.</summary>
    internal IEnumerable<byte> Single => _bytes.Where(b => b.Length == 1).Select(b => b[0]);

    internal byte[]? Of(int token) => _byId.GetValueOrDefault(token);

    /// <summary>The tokens all of whose bytes can follow.</summary>
    internal TokenSet Following(ConstraintState from, ConstraintMachine machine)
    {
        var tokens = new TokenSet(Vocabulary);
        var states = new ConstraintState[_longest + 1]; // behind so many bytes of the token at hand
        states[0] = from;
        int dead = int.MaxValue;                        // so many bytes lead nowhere
        for (int i = 0; i < _bytes.Length; i++)
        {
            if (_shared[i] >= dead)
                continue;
            dead = int.MaxValue;
            byte[] bytes = _bytes[i];
            for (int at = _shared[i]; at < bytes.Length && dead == int.MaxValue; at++)
            {
                states[at + 1] = machine.Step(states[at], bytes[at]);
                if (states[at + 1].IsDead)
                    dead = at + 1;
            }

            if (dead == int.MaxValue)
                tokens.Add(_ids[i]);
        }

        return tokens;
    }
}
