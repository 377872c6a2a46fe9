namespace ModelOps.Engine.Generation.Constraints;

/// <summary>
/// A nondeterministic automaton over bytes that calls parts of itself and returns from them, as a grammar does. It is built backwards:
/// every part is given the state to continue with. A part that is called ends in <see cref="End"/>.
/// </summary>
internal sealed class ByteAutomaton
{
    internal const int End = 0;

    /// <summary>Height of a state from which nothing ends.</summary>
    internal const int Never = int.MaxValue;

    private const int MaximumStates = 1_000_000;
    private readonly List<State> _states = [new State()];
    private readonly HashSet<byte> _spelled;
    private int[] _heights = [];

    /// <param name="spelled">The bytes that a token of their own can write; no edge has another one, so no answer comes to a dead end.</param>
    internal ByteAutomaton(IEnumerable<byte> spelled) => _spelled = [.. spelled];

    internal bool IsTooLarge => _states.Count > MaximumStates;

    internal int Add()
    {
        _states.Add(new State());
        return _states.Count - 1;
    }

    /// <summary>Reads one of the bytes low..high.</summary>
    internal void OnByte(int from, byte low, byte high, int to)
    {
        for (int at = low; at <= high; at++)
        {
            int first = at;
            while (at <= high && _spelled.Contains((byte)at))
                at++;
            if (at > first)
                _states[from].Bytes.Add(new ByteEdge((byte)first, (byte)(at - 1), to));
        }
    }

    internal void OnByte(int from, char value, int to) => OnByte(from, (byte)value, (byte)value, to);

    /// <summary>Goes on without reading.</summary>
    internal void Jump(int from, int to) => _states[from].Jumps.Add(to);

    /// <summary>Goes through a part and then to <paramref name="next"/>.</summary>
    /// <param name="nesting">Levels of nesting that the part adds.</param>
    internal void Call(int from, int part, int nesting, int next) => _states[from].Calls.Add(new CallEdge(part, nesting, next));

    /// <summary>Reads the bytes one by one; returns the state before them.</summary>
    internal int Literal(ReadOnlySpan<byte> bytes, int next)
    {
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            int state = Add();
            OnByte(state, bytes[i], bytes[i], next);
            next = state;
        }

        return next;
    }

    internal List<ByteEdge> Bytes(int state) => _states[state].Bytes;

    internal List<int> Jumps(int state) => _states[state].Jumps;

    internal List<CallEdge> Calls(int state) => _states[state].Calls;

    /// <summary>Levels of nesting that are needed at least to end the part which the state belongs to.</summary>
    internal int Height(int state) => _heights[state];

    /// <summary>Computes the heights; nothing is added afterwards.</summary>
    internal void Seal()
    {
        _heights = new int[_states.Count];
        Array.Fill(_heights, Never);
        _heights[End] = 0;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int s = 1; s < _heights.Length; s++) // most edges lead to lower numbers, so one round does most of it
            {
                int height = LeastHeight(_states[s]);
                changed |= height < _heights[s];
                _heights[s] = Math.Min(_heights[s], height);
            }
        }
    }

    private int LeastHeight(State state)
    {
        int least = Never;
        foreach (var edge in state.Bytes)
            least = Math.Min(least, _heights[edge.Target]);
        foreach (int target in state.Jumps)
            least = Math.Min(least, _heights[target]);
        foreach (var call in state.Calls)
        {
            if (_heights[call.Part] != Never)
                least = Math.Min(least, Math.Max(call.Nesting + _heights[call.Part], _heights[call.Next]));
        }

        return least;
    }

    private sealed class State
    {
        internal List<ByteEdge> Bytes { get; } = [];

        internal List<int> Jumps { get; } = [];

        internal List<CallEdge> Calls { get; } = [];
    }
}

internal readonly record struct ByteEdge(byte Low, byte High, int Target);

internal readonly record struct CallEdge(int Part, int Nesting, int Next);
