using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>
/// Chooses the next token from logits: the likeliest (the lowest id of equals), or one drawn after repetition penalty, temperature, top-k
/// and top-p, in this order. A draw depends on the seed, the prompt's stream and the token's number, and on nothing else.
/// </summary>
internal sealed unsafe class TokenSampler
{
    private readonly GenerationOptions _options;
    private readonly CounterRandom _random;
    private readonly HashSet<int> _seen = [];
    private float[] _scores = [];

    internal TokenSampler(GenerationOptions options, GenerationPrompt prompt)
    {
        _options = options;
        _random = new CounterRandom(options.Seed, prompt.Stream);
        if (options.RepetitionPenalty != 1)
            _seen.UnionWith(prompt.Tokens);
    }

    /// <param name="index">Number of the token within the answer; keys its random draw.</param>
    /// <param name="allowed">The tokens that may follow, at least one; null for all.</param>
    internal int Choose(ReadOnlySpan<float> logits, int index, TokenSet? allowed = null)
    {
        var scores = Penalized(logits);
        int token = _options.Temperature == 0 ? Greedy(scores, allowed) : Sample(scores, allowed, _random.Uniform((ulong)index));
        if (_options.RepetitionPenalty != 1)
            _seen.Add(token);
        return token;
    }

    /// <summary>Scores of the tokens of prompt and answer are divided by the penalty where positive, multiplied where negative (Keskar et al., 2019).</summary>
    private ReadOnlySpan<float> Penalized(ReadOnlySpan<float> logits)
    {
        if (_options.RepetitionPenalty == 1)
            return logits;
        Array.Resize(ref _scores, logits.Length);
        logits.CopyTo(_scores);
        float penalty = (float)_options.RepetitionPenalty;
        foreach (int token in _seen)
            _scores[token] = _scores[token] < 0 ? _scores[token] * penalty : _scores[token] / penalty;
        return _scores;
    }

    private static int Greedy(ReadOnlySpan<float> scores, TokenSet? allowed)
    {
        if (allowed is null)
        {
            fixed (float* all = scores)
                return Kernels.ArgMax(all, scores.Length);
        }

        int best = -1;
        for (int i = 0; i < scores.Length; i++)
        {
            if ((best < 0 || scores[i] > scores[best]) && allowed.Contains(i))
                best = i;
        }

        return best;
    }

    private int Sample(ReadOnlySpan<float> scores, TokenSet? allowed, double draw)
    {
        double inverse = 1 / _options.Temperature;
        float largest = scores[Greedy(scores, allowed)];
        var candidates = new List<(int Token, double Weight)>(scores.Length);
        for (int i = 0; i < scores.Length; i++)
        {
            if (allowed?.Contains(i) != false)
                candidates.Add((i, PortableMath.Exp((scores[i] - (double)largest) * inverse)));
        }

        return Draw(Cut(candidates, scores), draw);
    }

    /// <summary>The k likeliest, and of those the fewest that reach p; likeliest first, the lower id of equals first.</summary>
    private List<(int Token, double Weight)> Cut(List<(int Token, double Weight)> candidates, ReadOnlySpan<float> scores)
    {
        if (_options.TopK == 0 && _options.TopP == 1)
            return candidates;
        var ranked = Ranked(candidates, scores);
        if (_options.TopK == 0)
            return Nucleus(ranked, candidates.Sum(c => c.Weight));
        var likeliest = ranked.Take(_options.TopK).ToList();
        return Nucleus(likeliest, likeliest.Sum(c => c.Weight));
    }

    private List<(int Token, double Weight)> Nucleus(IEnumerable<(int Token, double Weight)> ranked, double total)
    {
        var kept = new List<(int Token, double Weight)>();
        double reached = 0;
        foreach (var candidate in ranked)
        {
            kept.Add(candidate);
            reached += candidate.Weight;
            if (reached >= _options.TopP * total)
                break;
        }

        return kept;
    }

    /// <summary>A heap, because few of many are taken.</summary>
    private static IEnumerable<(int Token, double Weight)> Ranked(List<(int Token, double Weight)> candidates, ReadOnlySpan<float> scores)
    {
        var order = new List<((int, double) Candidate, (float, int) Rank)>(candidates.Count);
        foreach (var candidate in candidates)
            order.Add((candidate, (-scores[candidate.Token], candidate.Token)));
        return Dequeue(new PriorityQueue<(int, double), (float, int)>(order));

        static IEnumerable<(int, double)> Dequeue(PriorityQueue<(int, double), (float, int)> queue)
        {
            while (queue.TryDequeue(out var next, out _))
                yield return next;
        }
    }

    private static int Draw(List<(int Token, double Weight)> candidates, double draw)
    {
        double target = draw * candidates.Sum(c => c.Weight);
        foreach (var (token, weight) in candidates)
        {
            target -= weight;
            if (target < 0)
                return token;
        }

        return candidates[^1].Token; // rounding
    }
}
