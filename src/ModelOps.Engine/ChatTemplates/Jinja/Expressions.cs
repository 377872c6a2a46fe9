using System.Runtime.CompilerServices;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>A node of a template that has a value.</summary>
internal abstract class Expression(int offset)
{
    public int Offset { get; } = offset;

    /// <summary>The value in a scope; a failure carries this node's place.</summary>
    public object? Evaluate(JinjaScope scope)
    {
        // A sum of thousands of terms is as many levels deep.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new JinjaException(Offset, "the expression is too long or calls itself too deep");
        try
        {
            return Compute(scope);
        }
        catch (JinjaTypeException e)
        {
            throw new JinjaException(Offset, e.Message);
        }
    }

    protected abstract object? Compute(JinjaScope scope);
}

internal sealed class LiteralExpression(int offset, object? value) : Expression(offset)
{
    public object? Value { get; } = value;

    protected override object? Compute(JinjaScope scope) => Value;
}

internal sealed class NameExpression(int offset, string name) : Expression(offset)
{
    public string Name { get; } = name;

    protected override object? Compute(JinjaScope scope) => scope.Get(Name);
}

internal sealed class ListExpression(int offset, IReadOnlyList<Expression> items, bool isTuple) : Expression(offset)
{
    public IReadOnlyList<Expression> Items { get; } = items;

    public bool IsTuple { get; } = isTuple;

    protected override object? Compute(JinjaScope scope)
    {
        var values = Items.Select(i => i.Evaluate(scope));
        return IsTuple ? values.ToArray() : values.ToList();
    }
}

internal sealed class DictionaryExpression(int offset, IReadOnlyList<(Expression Key, Expression Value)> entries) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope)
    {
        var map = new JinjaDictionary();
        foreach (var (key, value) in entries)
        {
            if (key.Evaluate(scope) is not string name)
                throw new JinjaException(key.Offset, "only strings are supported as keys of a dictionary");
            map[name] = value.Evaluate(scope);
        }

        return map;
    }
}

/// <summary><c>target.name</c>: a method where the type has one, else the element of that name.</summary>
internal sealed class MemberExpression(int offset, Expression target, string name) : Expression(offset)
{
    public Expression Target { get; } = target;

    public string Name { get; } = name;

    protected override object? Compute(JinjaScope scope)
    {
        object? value = Target.Evaluate(scope);
        return value switch
        {
            Undefined u => throw new JinjaTypeException(u.Message),
            JinjaLoop loop => loop.Attributes.TryGetValue(Name, out object? ofLoop) ? ofLoop : new Undefined($"the loop has no '{Name}'"),
            JinjaNamespace ns => ns.Attributes.TryGetValue(Name, out object? attribute) ? attribute : new Undefined($"the namespace has no '{Name}'"),
            _ => JinjaMethods.Find(value, Name) ?? PythonValue.Index(value, Name),
        };
    }
}

/// <summary><c>target[index]</c>: the element, else the method of that name.</summary>
internal sealed class IndexExpression(int offset, Expression target, Expression index) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope)
    {
        object? value = target.Evaluate(scope), at = index.Evaluate(scope);
        object? element = PythonValue.Index(value, at);
        return element is Undefined && at is string name ? JinjaMethods.Find(value, name) ?? element : element;
    }
}

internal sealed class SliceExpression(int offset, Expression target, Expression? start, Expression? stop, Expression? step) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope) =>
        PythonValue.Slice(target.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
}

/// <summary>The written arguments of a call, filter or test.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList None { get; } = new([], []);

    public JinjaArguments Evaluate(JinjaScope scope) =>
        Positional.Count + Named.Count == 0
            ? JinjaArguments.None
            : new([.. Positional.Select(a => a.Evaluate(scope))], Named.ToDictionary(n => n.Name, n => n.Value.Evaluate(scope)));
}

internal sealed class CallExpression(int offset, Expression callee, ArgumentList arguments) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope) => Call(scope, arguments.Evaluate(scope));

    /// <summary>Calls with arguments that are already values, as a <c>{% call %}</c> block does.</summary>
    public object? CallWith(JinjaScope scope, string extraName, object? extra)
    {
        var values = arguments.Evaluate(scope);
        return Call(scope, new JinjaArguments(values.Positional, new(values.Named) { [extraName] = extra }));
    }

    private object? Call(JinjaScope scope, JinjaArguments values)
    {
        object? target = callee.Evaluate(scope);
        if ((target as JinjaFunction ?? (target as JinjaLoop)?.Recurse) is not { } function)
            throw new JinjaException(Offset, target is Undefined u ? u.Message : $"{PythonValue.TypeName(target)} cannot be called");
        try
        {
            return function(values);
        }
        catch (JinjaRaisedException e)
        {
            throw new JinjaException(Offset, e.Message) { RaisedByTemplate = true };
        }
    }
}

internal sealed class FilterExpression(int offset, Expression? input, string name, JinjaFilter filter, ArgumentList arguments) : Expression(offset)
{
    public string Name { get; } = name;

    protected override object? Compute(JinjaScope scope) => Apply(scope, input!.Evaluate(scope));

    /// <summary>Filters a value that does not come from an expression, such as the text of a block.</summary>
    public object? Apply(JinjaScope scope, object? value) => filter(value, arguments.Evaluate(scope));
}

internal sealed class TestExpression(int offset, Expression input, JinjaTest test, ArgumentList arguments, bool negated) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope) => test(input.Evaluate(scope), arguments.Evaluate(scope)) != negated;
}

internal sealed class UnaryExpression(int offset, string operation, Expression operand) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope)
    {
        object? value = operand.Evaluate(scope);
        return operation switch
        {
            "not" => !PythonValue.IsTrue(value),
            "-" => PythonArithmetic.Negate(value),
            _ => PythonArithmetic.Apply("+", 0L, value),
        };
    }
}

internal sealed class BinaryExpression(int offset, string operation, Expression left, Expression right) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope)
    {
        object? value = left.Evaluate(scope);
        return operation switch
        {
            "and" => PythonValue.IsTrue(value) ? right.Evaluate(scope) : value,
            "or" => PythonValue.IsTrue(value) ? value : right.Evaluate(scope),
            _ => PythonArithmetic.Apply(operation, value, right.Evaluate(scope)),
        };
    }
}

/// <summary>A chain such as <c>a &lt; b &lt;= c</c>: every neighbouring pair must hold.</summary>
internal sealed class ComparisonExpression(int offset, Expression first, IReadOnlyList<(string Operation, Expression Right)> rest) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope)
    {
        object? left = first.Evaluate(scope);
        foreach (var (operation, expression) in rest)
        {
            object? right = expression.Evaluate(scope);
            if (!Holds(operation, left, right))
                return false;
            left = right;
        }

        return true;
    }

    private static bool Holds(string operation, object? left, object? right) => operation switch
    {
        "==" => PythonValue.AreEqual(left, right),
        "!=" => !PythonValue.AreEqual(left, right),
        "in" => PythonValue.Contains(right, left),
        "not in" => !PythonValue.Contains(right, left),
        "<" => PythonValue.Compare(left, right) < 0,
        "<=" => PythonValue.Compare(left, right) <= 0,
        ">" => PythonValue.Compare(left, right) > 0,
        _ => PythonValue.Compare(left, right) >= 0,
    };
}

internal sealed class ConditionalExpression(int offset, Expression condition, Expression value, Expression? otherwise) : Expression(offset)
{
    protected override object? Compute(JinjaScope scope) =>
        PythonValue.IsTrue(condition.Evaluate(scope))
            ? value.Evaluate(scope)
            : otherwise == null ? new Undefined("the inline if was false and has no else") : otherwise.Evaluate(scope);
}
