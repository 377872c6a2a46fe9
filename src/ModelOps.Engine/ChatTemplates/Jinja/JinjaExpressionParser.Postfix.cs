using System.Globalization;

namespace ModelOps.Engine.ChatTemplates.Jinja;

// What follows a value: members, subscripts, calls, filters and tests.
internal sealed partial class JinjaExpressionParser
{
    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int offset = tokens.Current.Offset;
            if (tokens.Skip("."))
                value = ParseMember(value, offset);
            else if (tokens.Skip("["))
                value = ParseSubscript(value, offset);
            else if (tokens.IsOperator("("))
                value = new CallExpression(value.Offset, value, ParseArguments());
            else
                return value;
        }
    }

    private Expression ParseMember(Expression target, int offset)
    {
        var name = tokens.Take();
        return name.Kind switch
        {
            JinjaTokenKind.Name => new MemberExpression(offset, target, name.Text),
            JinjaTokenKind.Integer => new IndexExpression(offset, target, new LiteralExpression(name.Offset, long.Parse(name.Text, CultureInfo.InvariantCulture))),
            _ => throw new JinjaException(name.Offset, $"a name is expected after '.', not {name}"),
        };
    }

    private Expression ParseSubscript(Expression target, int offset)
    {
        var parts = new Expression?[3];
        int colons = 0;
        while (!tokens.Skip("]"))
        {
            if (tokens.Skip(":"))
            {
                if (++colons > 2)
                    throw new JinjaException(offset, "a slice has at most two colons");
            }
            else if (parts[colons] == null)
            {
                parts[colons] = ParseExpression();
            }
            else
            {
                throw new JinjaException(tokens.Current.Offset, $"']' is expected, not {tokens.Current}");
            }
        }

        if (colons > 0)
            return new SliceExpression(offset, target, parts[0], parts[1], parts[2]);
        return new IndexExpression(offset, target, parts[0] ?? throw new JinjaException(offset, "an index is expected between '[' and ']'"));
    }

    private Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (tokens.Skip("|"))
                value = ParseFilter(value);
            else if (tokens.SkipName("is"))
                value = ParseTest(value);
            else if (tokens.IsOperator("("))
                value = new CallExpression(value.Offset, value, ParseArguments());
            else
                return value;
        }
    }

    private FilterExpression ParseFilter(Expression? input)
    {
        var name = tokens.Expect(JinjaTokenKind.Name, "the name of a filter");
        var filter = JinjaFilters.Find(name.Text) ?? throw new JinjaException(name.Offset, $"the filter '{name.Text}' is not supported");
        return new FilterExpression(name.Offset, input, name.Text, filter, tokens.IsOperator("(") ? ParseArguments() : ArgumentList.None);
    }

    private TestExpression ParseTest(Expression value)
    {
        bool negated = tokens.SkipName("not");
        var name = tokens.Expect(JinjaTokenKind.Name, "the name of a test");
        var test = JinjaTests.Find(name.Text) ?? throw new JinjaException(name.Offset, $"the test '{name.Text}' is not supported");
        var arguments = ArgumentList.None;
        var next = tokens.Current;
        if (tokens.IsName("is"))
            throw new JinjaException(next.Offset, "a test cannot be tested");
        if (tokens.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (next.Kind is JinjaTokenKind.String or JinjaTokenKind.Integer or JinjaTokenKind.Float
            || tokens.IsOperator("[") || tokens.IsOperator("{")
            || (next.Kind == JinjaTokenKind.Name && next.Text is not ("else" or "or" or "and" or "if" or "in" or "not" or "is")))
        {
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        }

        return new TestExpression(name.Offset, value, test, arguments, negated);
    }
}
