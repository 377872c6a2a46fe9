using System.Text;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>What a template raised with <c>raise_exception</c>; the call adds its place.</summary>
internal sealed class JinjaRaisedException(string message) : Exception(message);

/// <summary>What all scopes of one rendering share.</summary>
internal sealed class JinjaRendering
{
    private const int MaximumOutput = 64 * 1024 * 1024;
    private const int MaximumDepth = 100;
    private readonly Stack<StringBuilder> _outer = new();
    private int _depth;

    public StringBuilder Output { get; private set; } = new();

    /// <summary>The parts of the output between <c>{% generation %}</c> and <c>{% endgeneration %}</c>, in UTF-16 units.</summary>
    public List<(int Start, int End)> Generations { get; } = [];

    public bool IsCapturing => _outer.Count > 0;

    public void Write(int offset, string text)
    {
        Output.Append(text);
        if (Output.Length > MaximumOutput)
            throw new JinjaException(offset, $"the output is longer than {MaximumOutput} characters");
    }

    /// <summary>Runs statements and gives what they print.</summary>
    public string Capture(int offset, Action body)
    {
        if (++_depth > MaximumDepth)
            throw new JinjaException(offset, $"macros and blocks call each other more than {MaximumDepth} deep");
        _outer.Push(Output);
        Output = new StringBuilder();
        try
        {
            body();
            return Output.ToString();
        }
        finally
        {
            Output = _outer.Pop();
            _depth--;
        }
    }
}

/// <summary>The variables that a place of the template sees: its own, then those around it, then the globals.</summary>
internal sealed class JinjaScope
{
    private readonly Dictionary<string, object?> _variables = new(StringComparer.Ordinal);
    private readonly JinjaScope? _parent;

    public JinjaScope(JinjaRendering rendering, IEnumerable<KeyValuePair<string, object?>> globals)
    {
        Rendering = rendering;
        foreach (var (name, value) in globals)
            _variables[name] = value;
    }

    private JinjaScope(JinjaScope parent)
    {
        _parent = parent;
        Rendering = parent.Rendering;
    }

    public JinjaRendering Rendering { get; }

    public JinjaScope Inner() => new(this);

    public object? Get(string name)
    {
        for (var scope = this; scope != null; scope = scope._parent)
        {
            if (scope._variables.TryGetValue(name, out object? value))
                return value;
        }

        return new Undefined($"'{name}' is undefined");
    }

    public void Set(string name, object? value) => _variables[name] = value;
}
