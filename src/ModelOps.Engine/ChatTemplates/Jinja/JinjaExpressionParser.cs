using System.Globalization;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>Parses expressions with Jinja's precedence: or, and, not, comparison, + -, ~, * / // %, **, unary, postfix, filters and tests.</summary>
internal sealed partial class JinjaExpressionParser(JinjaTokens tokens)
{
    private const int MaximumDepth = 200;
    private int _depth;

    /// <summary>How often the name <c>caller</c> was read.</summary>
    public int CallerCount { get; private set; }

    /// <summary>An expression, or several with commas between them as a tuple.</summary>
    public Expression ParseTuple(bool withCondition = true)
    {
        int offset = tokens.Current.Offset;
        var first = ParseExpression(withCondition);
        if (!tokens.IsOperator(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.Skip(","))
        {
            if (tokens.Current.Kind is JinjaTokenKind.BlockEnd or JinjaTokenKind.VariableEnd || tokens.IsOperator(")") || tokens.IsOperator("="))
                break;
            items.Add(ParseExpression(withCondition));
        }

        return new ListExpression(offset, items, isTuple: true);
    }

    public Expression ParseExpression(bool withCondition = true)
    {
        if (++_depth > MaximumDepth)
            throw new JinjaException(tokens.Current.Offset, $"expressions are nested more than {MaximumDepth} deep");
        var value = ParseOr();
        while (withCondition && tokens.SkipName("if"))
        {
            var condition = ParseOr();
            value = new ConditionalExpression(value.Offset, condition, value, tokens.SkipName("else") ? ParseExpression() : null);
        }

        _depth--;
        return value;
    }

    /// <summary>A name, a tuple of targets with or without parentheses, or one attribute of a name.</summary>
    public AssignmentTarget ParseTarget(bool allowAttribute)
    {
        var target = ParseTargets();
        return allowAttribute && target is NameExpression && tokens.Skip(".")
            ? new AssignmentTarget(new MemberExpression(target.Offset, target, tokens.Expect(JinjaTokenKind.Name, "a name").Text))
            : new AssignmentTarget(target);
    }

    private Expression ParseTargets()
    {
        int offset = tokens.Current.Offset;
        var targets = new List<Expression> { ParseSingleTarget() };
        bool isTuple = tokens.IsOperator(",");
        while (tokens.Skip(",") && (tokens.Current.Kind == JinjaTokenKind.Name || tokens.IsOperator("(")) && !tokens.IsName("in"))
            targets.Add(ParseSingleTarget());
        return isTuple ? new ListExpression(offset, targets, isTuple: true) : targets[0];
    }

    private Expression ParseSingleTarget()
    {
        if (tokens.Skip("("))
        {
            var inner = ParseTargets();
            tokens.ExpectOperator(")");
            return inner;
        }

        var name = tokens.Expect(JinjaTokenKind.Name, "a name");
        return new NameExpression(name.Offset, name.Text);
    }

    /// <summary>The filters of a block: a name without a bar, then more with bars.</summary>
    public List<FilterExpression> ParseBlockFilters()
    {
        var filters = new List<FilterExpression>();
        do
            filters.Add(ParseFilter(input: null));
        while (tokens.Skip("|"));
        return filters;
    }

    public ArgumentList ParseArguments()
    {
        tokens.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!tokens.Skip(")"))
        {
            if (positional.Count + named.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.Skip(")"))
                break;
            if (tokens.IsOperator("*") || tokens.IsOperator("**"))
                throw new JinjaException(tokens.Current.Offset, "arguments out of a list ('*', '**') are not supported");
            if (tokens.Current.Kind == JinjaTokenKind.Name && tokens.Next.Is(JinjaTokenKind.Operator, "="))
            {
                string name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, ParseExpression()));
            }
            else if (named.Count > 0)
            {
                throw new JinjaException(tokens.Current.Offset, "an argument without a name follows one with a name");
            }
            else
            {
                positional.Add(ParseExpression());
            }
        }

        return new ArgumentList(positional, named);
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.SkipName("or"))
            left = new BinaryExpression(left.Offset, "or", left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.SkipName("and"))
            left = new BinaryExpression(left.Offset, "and", left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        int offset = tokens.Current.Offset, nots = 0;
        while (tokens.SkipName("not"))
            nots++;
        var value = ParseComparison();
        for (; nots > 0; nots--)
            value = new UnaryExpression(offset, "not", value);
        return value;
    }

    private Expression ParseComparison()
    {
        var first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (tokens.Current.Kind == JinjaTokenKind.Operator && tokens.Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
                rest.Add((tokens.Take().Text, ParseSum()));
            else if (tokens.SkipName("in"))
                rest.Add(("in", ParseSum()));
            else if (tokens.IsName("not") && tokens.Next.Is(JinjaTokenKind.Name, "in") && tokens.SkipName("not") && tokens.SkipName("in"))
                rest.Add(("not in", ParseSum()));
            else
                return rest.Count == 0 ? first : new ComparisonExpression(first.Offset, first, rest);
        }
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(() => ParseUnary(), "**");

    private Expression ParseBinary(Func<Expression> operand, params string[] operations)
    {
        var left = operand();
        while (tokens.Current.Kind == JinjaTokenKind.Operator && operations.Contains(tokens.Current.Text))
        {
            string operation = tokens.Take().Text;
            left = new BinaryExpression(left.Offset, operation, left, operand());
        }

        return left;
    }

    private Expression ParseUnary(bool withFilters = true)
    {
        int offset = tokens.Current.Offset;
        Expression value;
        if (tokens.IsOperator("-") || tokens.IsOperator("+"))
        {
            string operation = tokens.Take().Text;
            if (++_depth > MaximumDepth)
                throw new JinjaException(offset, $"expressions are nested more than {MaximumDepth} deep");
            value = new UnaryExpression(offset, operation, ParseUnary(withFilters: false));
            _depth--;
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private Expression ParsePrimary()
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case JinjaTokenKind.Name:
                CallerCount += token.Text == "caller" ? 1 : 0;
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(token.Offset, true),
                    "false" or "False" => new LiteralExpression(token.Offset, false),
                    "none" or "None" => new LiteralExpression(token.Offset, null),
                    _ => new NameExpression(token.Offset, token.Text),
                };
            case JinjaTokenKind.String:
                string text = token.Text;
                while (tokens.Current.Kind == JinjaTokenKind.String)
                    text += tokens.Take().Text;
                return new LiteralExpression(token.Offset, text);
            case JinjaTokenKind.Integer:
                return long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long whole)
                    ? new LiteralExpression(token.Offset, whole)
                    : throw new JinjaException(token.Offset, "the integer is larger than 64 bits");
            case JinjaTokenKind.Float:
                return new LiteralExpression(token.Offset, double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture));
            case JinjaTokenKind.Operator when token.Text == "(":
                return ParseParentheses(token.Offset);
            case JinjaTokenKind.Operator when token.Text == "[":
                return new ListExpression(token.Offset, ParseItems("]", ParseListItem), isTuple: false);
            case JinjaTokenKind.Operator when token.Text == "{":
                return new DictionaryExpression(token.Offset, ParseItems("}", ParseEntry));
            default:
                throw new JinjaException(token.Offset, $"an expression is expected, not {token}");
        }
    }

    private Expression ParseParentheses(int offset)
    {
        if (tokens.Skip(")"))
            return new ListExpression(offset, [], isTuple: true);
        var value = ParseTuple();
        tokens.ExpectOperator(")");
        return value;
    }

    private List<T> ParseItems<T>(string close, Func<T> item)
    {
        var items = new List<T>();
        while (!tokens.Skip(close))
        {
            if (items.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.Skip(close))
                break;
            items.Add(item());
        }

        return items;
    }

    private Expression ParseListItem() => ParseExpression();

    private (Expression Key, Expression Value) ParseEntry()
    {
        var key = ParseExpression();
        tokens.ExpectOperator(":");
        return (key, ParseExpression());
    }
}
