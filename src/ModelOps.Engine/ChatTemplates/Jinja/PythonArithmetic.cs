namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>Python's operators on numbers, strings and lists.</summary>
internal static class PythonArithmetic
{
    public static object? Apply(string operation, object? left, object? right) => operation switch
    {
        "~" => PythonValue.Text(left) + PythonValue.Text(right),
        "+" when left is string l && right is string r => l + r,
        "+" when left is List<object?> l && right is List<object?> r => new List<object?>([.. l, .. r]),
        "+" when left is object?[] l && right is object?[] r => (object?[])[.. l, .. r],
        "*" when left is string or List<object?> && right is long times => Repeat(left, times),
        "*" when left is long times && right is string or List<object?> => Repeat(right, times),
        _ => Number(operation, left, right),
    };

    public static object? Negate(object? value) => value switch
    {
        long n => (object)checked(-n),
        double d => (object)-d,
        bool b => (object)(b ? -1L : 0L),
        _ => throw Mismatch("-", value, value),
    };

    private static object? Repeat(object? value, long times)
    {
        const int Limit = 1_000_000;
        if (times * Math.Max(1, PythonValue.Length(value)) > Limit)
            throw new JinjaTypeException($"a repetition gives more than {Limit} elements");
        var all = Enumerable.Range(0, (int)Math.Max(0, times));
        return value is string text ? string.Concat(all.Select(_ => text)) : all.SelectMany(_ => PythonValue.Items(value)).ToList();
    }

    private static object? Number(string operation, object? left, object? right)
    {
        if (!PythonValue.TryNumber(left, out double a) || !PythonValue.TryNumber(right, out double b))
            throw Mismatch(operation, left, right);
        try
        {
            return left is double || right is double || operation == "/"
                ? Float(operation, a, b)
                : Integer(operation, left is long l ? l : (long)a, right is long r ? r : (long)b);
        }
        catch (OverflowException)
        {
            throw new JinjaTypeException("the result is larger than 64 bits");
        }
    }

    private static object Float(string operation, double a, double b)
    {
        if (b == 0 && operation is "/" or "//" or "%" && b == 0)
            throw new JinjaTypeException("division by zero");
        return operation switch
        {
            "+" => (object)(a + b),
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - (b * Math.Floor(a / b)),
            _ => throw new JinjaTypeException("powers of floats are not supported"),
        };
    }

    private static object Integer(string operation, long a, long b)
    {
        if (b == 0 && operation is "//" or "%" && b == 0)
            throw new JinjaTypeException("division by zero");
        checked
        {
            switch (operation)
            {
                case "+": return a + b;
                case "-": return a - b;
                case "*": return a * b;
                case "//": return (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
                case "%": return ((a % b) + b) % b;
                default:
                    if (b is < 0 or > 64)
                        throw new JinjaTypeException("only powers with an exponent from 0 to 64 are supported");
                    long power = 1;
                    for (long i = 0; i < b; i++)
                        power *= a;
                    return power;
            }
        }
    }

    private static JinjaTypeException Mismatch(string operation, object? left, object? right) =>
        left is Undefined || right is Undefined
            ? new JinjaTypeException(((Undefined)(left as Undefined ?? right)!).Message)
            : new JinjaTypeException($"'{operation}' does not go with {PythonValue.TypeName(left)} and {PythonValue.TypeName(right)}");
}
