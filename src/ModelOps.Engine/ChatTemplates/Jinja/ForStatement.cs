namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>What the head of a <c>for</c> says beside its target.</summary>
internal sealed record LoopSource(Expression Items, Expression? Condition, bool IsRecursive);

/// <summary><c>{% for target in items if condition recursive %}…{% else %}…{% endfor %}</c>.</summary>
internal sealed class ForStatement(int offset, AssignmentTarget target, LoopSource source, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise)
    : Statement(offset)
{
    public override Flow Run(JinjaScope scope) => Run(scope, source.Items.Evaluate(scope), depth: 0);

    private Flow Run(JinjaScope scope, object? items, int depth)
    {
        var values = Values(scope, items);
        if (values.Count == 0)
            return RunAll(otherwise, scope.Inner());
        object? changed = new Undefined("loop.changed was not called");
        for (int i = 0; i < values.Count; i++)
        {
            // A scope for each round: what a round sets is gone in the next one.
            var inner = scope.Inner();
            target.Assign(inner, values[i]);
            var loop = Loop(scope, values, i, depth);
            loop.Attributes["changed"] = new JinjaFunction(arguments =>
            {
                object? now = arguments.Positional.ToArray();
                bool differs = !PythonValue.AreEqual(now, changed);
                changed = now;
                return differs;
            });
            inner.Set("loop", loop);
            if (RunAll(body, inner) == Flow.Break)
                break;
        }

        return Flow.Next;
    }

    // It sees what stands around the loop, nothing of the round that calls it.
    private object? Recurse(JinjaScope scope, JinjaArguments arguments, int depth)
    {
        arguments.Allow(1, "iterable");
        if (!source.IsRecursive)
            throw new JinjaTypeException("only a loop marked 'recursive' can be called");
        if (!arguments.TryGet(0, "iterable", out object? items))
            throw new JinjaTypeException("a loop is called with what it runs over");
        return scope.Rendering.Capture(Offset, () => Run(scope, items, depth));
    }

    private IReadOnlyList<object?> Values(JinjaScope scope, object? items)
    {
        var values = PythonValue.Items(items);
        return source.Condition is { } condition ? [.. values.Where(v => Passes(condition, scope, v))] : values;
    }

    private bool Passes(Expression test, JinjaScope scope, object? value)
    {
        var inner = scope.Inner();
        target.Assign(inner, value);
        return PythonValue.IsTrue(test.Evaluate(inner));
    }

    private JinjaLoop Loop(JinjaScope scope, IReadOnlyList<object?> values, int index, int depth)
    {
        var loop = new JinjaLoop(arguments => Recurse(scope, arguments, depth + 1));
        var attributes = loop.Attributes;
        attributes["index"] = index + 1L;
        attributes["index0"] = (long)index;
        attributes["revindex"] = (long)values.Count - index;
        attributes["revindex0"] = values.Count - index - 1L;
        attributes["first"] = index == 0;
        attributes["last"] = index == values.Count - 1;
        attributes["length"] = (long)values.Count;
        attributes["depth"] = depth + 1L;
        attributes["depth0"] = (long)depth;
        attributes["previtem"] = index > 0 ? values[index - 1] : new Undefined("there is no previous item");
        attributes["nextitem"] = index + 1 < values.Count ? values[index + 1] : new Undefined("there is no next item");
        attributes["cycle"] = new JinjaFunction(arguments => arguments.Positional.Count > 0
            ? arguments.Positional[index % arguments.Positional.Count]
            : throw new JinjaTypeException("loop.cycle needs something to choose from"));
        return loop;
    }
}
