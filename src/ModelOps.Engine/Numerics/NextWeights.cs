using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Has the threads that wait ask memory for what the next products read, while another one computes norms, rotations and attention. The steps of a
/// token repeat, so what followed some products once is taken to follow them again. No result depends on it.
/// </summary>
internal sealed unsafe class NextWeights
{
    // Asked for at a time: some 100 ns, which is what a waiting thread may be late for its next job.
    private const int Piece = 4 << 10;

    // Most bytes ahead, all threads together: on two, half the outer cache of each core.
    private const int Budget = 1 << 20;

    private readonly ThreadTeam _team;
    private readonly Func<bool> _ask;
    private readonly Dictionary<WeightMatrix, (WeightMatrix First, nint[] Pieces)> _followers = [];
    private WeightMatrix? _current;
    private nint[] _pieces = [];  // addresses
    private int _asked;

    /// <param name="passing">The weights of a token are more than caches hold.</param>
    public NextWeights(ThreadTeam team, bool passing = false)
    {
        _team = team;
        _ask = passing ? Ask<Passing> : Ask<Kept>;
    }

    /// <summary>These products begin. From now on, who waits asks for what followed them last time.</summary>
    /// <param name="parts">Parts of all products, a range of neighbours for each thread.</param>
    public void Began(ReadOnlySpan<SmallProduct> products, int parts)
    {
        if (!Sse.IsSupported || _team.RunsInline) return;
        var first = products[0].Weight;
        if (_current is { } before && !(_followers.TryGetValue(before, out var known) && known.First == first))
        {
            _followers[before] = (first, PiecesOf(products, parts));
        }

        _current = first;
        _pieces = _followers.TryGetValue(first, out var follower) ? follower.Pieces : [];
        Volatile.Write(ref _asked, 0);
        _team.Meanwhile = _ask;
    }

    /// <summary>Addresses of what is asked for now, 4 KB each.</summary>
    public ReadOnlySpan<nint> Pieces => _pieces;

    /// <summary>Nothing more is asked for.</summary>
    public void End()
    {
        if (_team.Meanwhile == _ask) _team.Meanwhile = null;
    }

    private bool Ask<THint>()
        where THint : struct, ICacheHint
    {
        var pieces = Volatile.Read(ref _pieces);
        if (Volatile.Read(ref _asked) >= pieces.Length) return false;
        var at = Interlocked.Increment(ref _asked) - 1;
        if (at >= pieces.Length) return false;
        for (byte* from = (byte*)pieces[at], end = from + Piece; from < end; from += 64) THint.Ask(from);
        return true;
    }

    /// <summary>What each thread reads first, in turn.</summary>
    private nint[] PiecesOf(ReadOnlySpan<SmallProduct> products, int parts)
    {
        var threads = _team.Threads;
        var pieces = new List<nint>();
        var perThread = Enumerable.Range(0, threads).Select(_ => new List<nint>()).ToArray();
        foreach (var product in products)
        {
            if (product.Weight.IsQuantized) return [];
            var end = product.FirstPart + product.Parts;
            for (var thread = 0; thread < threads; thread++)
            {
                int from = Math.Max(parts * thread / threads, product.FirstPart), to = Math.Min(parts * (thread + 1) / threads, end);
                if (from < to) Cut(product.Start(from), product.Start(to), perThread[thread]);
            }
        }

        for (var i = 0; perThread.Any(p => i < p.Count); i++) pieces.AddRange(perThread.Where(p => i < p.Count).Select(p => p[i]));
        return [.. pieces];

        void Cut(nint start, nint end, List<nint> into)
        {
            for (; start < end && into.Count < Budget / Piece / threads; start += Piece) into.Add(start);
        }
    }
}

/// <summary>y [rows, weight.Rows] (+)= x·Wᵀ, cut into parts of so many outputs; the first part's number among those handed out together.</summary>
internal readonly unsafe struct SmallProduct(WeightMatrix weight, float* y, int ldy, bool accumulate, int outputsPerPart, int firstPart)
{
    public readonly WeightMatrix Weight = weight;
    public readonly int OutputsPerPart = outputsPerPart;
    public readonly int FirstPart = firstPart;

    public int Parts => (Weight.Rows + OutputsPerPart - 1) / OutputsPerPart;

    /// <summary>Address of the weights of a part; of the matrix's end for the one after its last.</summary>
    public nint Start(int part) => (nint)Weight.Row(Math.Min(Weight.Rows, (part - FirstPart) * OutputsPerPart));

    public void Put(int row, int output, float sum)
    {
        var at = y + (long)row * ldy + output;
        *at = accumulate ? *at + sum : sum;
    }

    /// <param name="sums">[rows, <see cref="DotPanels.Outputs"/>] of which so many outputs count.</param>
    public void Put(int row, int rows, int output, int outputs, float* sums)
    {
        for (; rows > 0; row++, rows--, sums += DotPanels.Outputs)
        {
            var at = y + (long)row * ldy + output;
            if (accumulate) Kernels.Add(at, sums, outputs);
            else Buffer.MemoryCopy(sums, at, outputs * sizeof(float), outputs * sizeof(float));
        }
    }
}
