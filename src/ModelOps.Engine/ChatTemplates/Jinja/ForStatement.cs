namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary><c>{% for target in items if condition %}…{% else %}…{% endfor %}</c>.</summary>
internal sealed class ForStatement(
    int offset, AssignmentTarget target, Expression items, Expression? condition, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise)
    : Statement(offset)
{
    public override Flow Run(JinjaScope scope)
    {
        var values = Values(scope);
        if (values.Count == 0)
            return RunAll(otherwise, scope.Inner());
        object? changed = new Undefined("loop.changed was not called");
        for (int i = 0; i < values.Count; i++)
        {
            // A scope for each round: what a round sets is gone in the next one.
            var inner = scope.Inner();
            target.Assign(inner, values[i]);
            var loop = Loop(values, i);
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

    private IReadOnlyList<object?> Values(JinjaScope scope)
    {
        var values = PythonValue.Items(items.Evaluate(scope));
        return condition == null ? values : [.. values.Where(v => Passes(condition, scope, v))];
    }

    private bool Passes(Expression test, JinjaScope scope, object? value)
    {
        var inner = scope.Inner();
        target.Assign(inner, value);
        return PythonValue.IsTrue(test.Evaluate(inner));
    }

    private static JinjaNamespace Loop(IReadOnlyList<object?> values, int index)
    {
        var loop = new JinjaNamespace();
        var attributes = loop.Attributes;
        attributes["index"] = index + 1L;
        attributes["index0"] = (long)index;
        attributes["revindex"] = (long)values.Count - index;
        attributes["revindex0"] = values.Count - index - 1L;
        attributes["first"] = index == 0;
        attributes["last"] = index == values.Count - 1;
        attributes["length"] = (long)values.Count;
        // Only recursive loops, which are not supported, go deeper.
        attributes["depth"] = 1L;
        attributes["depth0"] = 0L;
        attributes["previtem"] = index > 0 ? values[index - 1] : new Undefined("there is no previous item");
        attributes["nextitem"] = index + 1 < values.Count ? values[index + 1] : new Undefined("there is no next item");
        attributes["cycle"] = new JinjaFunction(arguments => arguments.Positional.Count > 0
            ? arguments.Positional[index % arguments.Positional.Count]
            : throw new JinjaTypeException("loop.cycle needs something to choose from"));
        return loop;
    }
}
