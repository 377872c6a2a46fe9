namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>How a statement ended: by itself, or on its way to the loop around it.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A node of a template that prints or changes something.</summary>
internal abstract class Statement(int offset)
{
    public int Offset { get; } = offset;

    public abstract Flow Run(JinjaScope scope);

    public static Flow RunAll(IReadOnlyList<Statement> body, JinjaScope scope)
    {
        foreach (var statement in body)
        {
            var flow = RunOne(statement, scope);
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    private static Flow RunOne(Statement statement, JinjaScope scope)
    {
        try
        {
            return statement.Run(scope);
        }
        catch (JinjaTypeException e)
        {
            throw new JinjaException(statement.Offset, e.Message);
        }
    }
}

internal sealed class TextStatement(int offset, string text) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        scope.Rendering.Write(Offset, text);
        return Flow.Next;
    }
}

internal sealed class OutputStatement(int offset, Expression value) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        scope.Rendering.Write(Offset, PythonValue.Text(value.Evaluate(scope)));
        return Flow.Next;
    }
}

internal sealed class IfStatement(int offset, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> branches, IReadOnlyList<Statement> otherwise)
    : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        foreach (var (condition, body) in branches)
        {
            if (PythonValue.IsTrue(condition.Evaluate(scope)))
                return RunAll(body, scope);
        }

        return RunAll(otherwise, scope);
    }
}

internal sealed class FlowStatement(int offset, Flow flow) : Statement(offset)
{
    public override Flow Run(JinjaScope scope) => flow;
}

/// <summary>What <c>set</c> and <c>for</c> give a value to: a name, a tuple of them, or an attribute of a namespace.</summary>
internal sealed class AssignmentTarget(Expression expression)
{
    public void Assign(JinjaScope scope, object? value) => Assign(expression, scope, value);

    private static void Assign(Expression target, JinjaScope scope, object? value)
    {
        switch (target)
        {
            case NameExpression name:
                scope.Set(name.Name, value);
                break;
            case MemberExpression { Target: NameExpression owner } member:
                if (scope.Get(owner.Name) is not JinjaNamespace ns)
                    throw new JinjaException(target.Offset, "only attributes of a namespace can be set");
                ns.Attributes[member.Name] = value;
                break;
            case ListExpression tuple:
                AssignAll(tuple, scope, value);
                break;
            default:
                throw new JinjaException(target.Offset, "this cannot be given a value");
        }
    }

    private static void AssignAll(ListExpression tuple, JinjaScope scope, object? value)
    {
        var values = PythonValue.Items(value);
        if (values.Count != tuple.Items.Count)
            throw new JinjaException(tuple.Offset, $"{values.Count} values cannot go to {tuple.Items.Count} names");
        for (int i = 0; i < values.Count; i++)
            Assign(tuple.Items[i], scope, values[i]);
    }
}

internal sealed class SetStatement(int offset, AssignmentTarget target, Expression value) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        target.Assign(scope, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set name %}…{% endset %}</c>, with filters over what the block printed.</summary>
internal sealed class SetBlockStatement(int offset, AssignmentTarget target, IReadOnlyList<FilterExpression> filters, IReadOnlyList<Statement> body)
    : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        target.Assign(scope, BlockText.Filtered(Offset, body, filters, scope));
        return Flow.Next;
    }
}

internal sealed class FilterBlockStatement(int offset, IReadOnlyList<FilterExpression> filters, IReadOnlyList<Statement> body) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        scope.Rendering.Write(Offset, PythonValue.Text(BlockText.Filtered(Offset, body, filters, scope)));
        return Flow.Next;
    }
}

internal static class BlockText
{
    public static object? Filtered(int offset, IReadOnlyList<Statement> body, IReadOnlyList<FilterExpression> filters, JinjaScope scope)
    {
        object? value = scope.Rendering.Capture(offset, () => Statement.RunAll(body, scope.Inner()));
        foreach (var filter in filters)
            value = filter.Apply(scope, value);
        return value;
    }
}

internal sealed class WithStatement(int offset, IReadOnlyList<(AssignmentTarget Target, Expression Value)> variables, IReadOnlyList<Statement> body)
    : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        var inner = scope.Inner();
        foreach (var (target, value) in variables)
            target.Assign(inner, value.Evaluate(scope));
        return RunAll(body, inner);
    }
}

/// <summary>Marks what the model is to generate: Transformers' extension for assistant masks.</summary>
internal sealed class GenerationStatement(int offset, IReadOnlyList<Statement> body) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        var rendering = scope.Rendering;
        if (rendering.IsCapturing)
            throw new JinjaException(Offset, "'generation' inside a macro or a block whose text is kept has no place in the output");
        int start = rendering.Output.Length;
        RunAll(body, scope.Inner());
        if (rendering.Output.Length > start)
            rendering.Generations.Add((start, rendering.Output.Length));
        return Flow.Next;
    }
}

internal sealed class MacroStatement(int offset, string name, MacroBody macro) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        scope.Set(name, macro.Bind(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call macro(…) %}…{% endcall %}</c>: the body is the macro's <c>caller()</c>.</summary>
internal sealed class CallStatement(int offset, CallExpression call, MacroBody caller) : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        scope.Rendering.Write(Offset, PythonValue.Text(call.CallWith(scope, "caller", caller.Bind(scope))));
        return Flow.Next;
    }
}

/// <summary>Parameters and body of a macro; they become a function together with the scope around them.</summary>
internal sealed class MacroBody(int offset, IReadOnlyList<(string Name, Expression? Default)> parameters, IReadOnlyList<Statement> body)
{
    /// <summary>It asks for the <c>caller</c> that a <c>{% call %}</c> gives.</summary>
    public bool UsesCaller { get; init; }

    public JinjaFunction Bind(JinjaScope scope) => arguments =>
    {
        if (arguments.Positional.Count > parameters.Count)
            throw new JinjaTypeException($"the macro takes {parameters.Count} arguments, {arguments.Positional.Count} are given");
        var inner = scope.Inner();
        foreach (var (name, value) in arguments.Named)
        {
            if (!(name == "caller" && UsesCaller) && parameters.All(p => p.Name != name))
                throw new JinjaTypeException($"the macro has no parameter '{name}'");
            inner.Set(name, value);
        }

        for (int i = 0; i < parameters.Count; i++)
        {
            var (name, otherwise) = parameters[i];
            if (i < arguments.Positional.Count)
                inner.Set(name, arguments.Positional[i]);
            else if (!arguments.Named.ContainsKey(name))
                inner.Set(name, otherwise == null ? new Undefined($"parameter '{name}' was not provided") : otherwise.Evaluate(inner));
        }

        return scope.Rendering.Capture(offset, () => Statement.RunAll(body, inner));
    };
}
