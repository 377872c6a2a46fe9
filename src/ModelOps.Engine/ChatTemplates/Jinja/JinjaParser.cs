namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>Parses a template into statements. Tags that chat templates have no use for are refused by name.</summary>
internal sealed class JinjaParser
{
    private const int MaximumDepth = 100;
    private readonly JinjaTokens _tokens;
    private readonly JinjaExpressionParser _expressions;
    private int _depth;
    private int _loops;

    private JinjaParser(List<JinjaToken> tokens)
    {
        _tokens = new JinjaTokens(tokens);
        _expressions = new JinjaExpressionParser(_tokens);
    }

    /// <summary>The template marks what the model generates.</summary>
    public bool HasGeneration { get; private set; }

    public static (IReadOnlyList<Statement> Body, bool HasGeneration) Parse(string source)
    {
        var parser = new JinjaParser(JinjaLexer.Read(source));
        var body = parser.ParseUntil();
        var end = parser._tokens.Current;
        if (end.Kind != JinjaTokenKind.End)
            throw new JinjaException(parser._tokens.Next.Offset, $"{parser._tokens.Next} belongs to no open block");
        return (body, parser.HasGeneration);
    }

    /// <summary>Statements up to a tag of one of the names (which is left at its name), or up to the end.</summary>
    private List<Statement> ParseUntil(params string[] ends)
    {
        var body = new List<Statement>();
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case JinjaTokenKind.Text:
                    body.Add(new TextStatement(token.Offset, _tokens.Take().Text));
                    break;
                case JinjaTokenKind.VariableBegin:
                    _tokens.Take();
                    body.Add(new OutputStatement(token.Offset, _expressions.ParseTuple()));
                    _tokens.Expect(JinjaTokenKind.VariableEnd, "'}}'");
                    break;
                case JinjaTokenKind.BlockBegin when _tokens.Next.Kind == JinjaTokenKind.Name && !IsEnd(_tokens.Next.Text, ends):
                    _tokens.Take();
                    body.Add(ParseTag());
                    break;
                case JinjaTokenKind.BlockBegin when _tokens.Next.Kind != JinjaTokenKind.Name:
                    throw new JinjaException(_tokens.Next.Offset, $"the name of a tag is expected, not {_tokens.Next}");
                default:
                    return body;
            }
        }
    }

    // At the top level every word that only closes or continues a block ends the parse, and is then refused.
    private static bool IsEnd(string name, string[] ends) =>
        ends.Contains(name) || (name is "else" or "elif" || name.StartsWith("end", StringComparison.Ordinal));

    private List<Statement> ParseBody(JinjaToken tag, params string[] ends)
    {
        if (++_depth > MaximumDepth)
            throw new JinjaException(tag.Offset, $"blocks are nested more than {MaximumDepth} deep");
        var body = ParseUntil(ends);
        _depth--;
        if (_tokens.Current.Kind == JinjaTokenKind.End)
            throw new JinjaException(tag.Offset, $"'{tag.Text}' is not closed by '{ends[^1]}'");
        _tokens.Take();
        if (!ends.Contains(_tokens.Current.Text))
            throw new JinjaException(_tokens.Current.Offset, $"{_tokens.Current} stands where '{ends[^1]}' must close '{tag.Text}'");
        return body;
    }

    private void EndTag() => _tokens.Expect(JinjaTokenKind.BlockEnd, "'%}'");

    /// <summary>A body and its closing tag.</summary>
    private List<Statement> ParseClosed(JinjaToken tag)
    {
        EndTag();
        var body = ParseBody(tag, "end" + tag.Text);
        _tokens.Take();
        EndTag();
        return body;
    }

    private Statement ParseTag()
    {
        var tag = _tokens.Take();
        switch (tag.Text)
        {
            case "if": return ParseIf(tag);
            case "for": return ParseFor(tag);
            case "set": return ParseSet(tag);
            case "macro": return ParseMacro(tag);
            case "call": return ParseCall(tag);
            case "with": return ParseWith(tag);
            case "filter": return new FilterBlockStatement(tag.Offset, _expressions.ParseBlockFilters(), ParseClosed(tag));
            case "generation":
                HasGeneration = true;
                return new GenerationStatement(tag.Offset, ParseOutsideLoops(() => ParseClosed(tag)));
            case "break" or "continue":
                if (_loops == 0)
                    throw new JinjaException(tag.Offset, $"'{tag.Text}' stands outside a loop");
                EndTag();
                return new FlowStatement(tag.Offset, tag.Text == "break" ? Flow.Break : Flow.Continue);
            default:
                throw new JinjaException(tag.Offset, $"the tag '{tag.Text}' is not supported");
        }
    }

    private IfStatement ParseIf(JinjaToken tag)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        List<Statement> otherwise = [];
        while (true)
        {
            var condition = _expressions.ParseTuple(withCondition: false);
            EndTag();
            branches.Add((condition, ParseBody(tag, "elif", "else", "endif")));
            var next = _tokens.Take();
            if (next.Text == "elif")
                continue;
            if (next.Text == "else")
            {
                EndTag();
                otherwise = ParseBody(tag, "endif");
                _tokens.Take();
            }

            EndTag();
            return new IfStatement(tag.Offset, branches, otherwise);
        }
    }

    private ForStatement ParseFor(JinjaToken tag)
    {
        var target = _expressions.ParseTarget(allowAttribute: false);
        _tokens.ExpectName("in");
        var items = _expressions.ParseTuple(withCondition: false);
        var condition = _tokens.SkipName("if") ? _expressions.ParseExpression() : null;
        bool isRecursive = _tokens.SkipName("recursive");
        EndTag();
        _loops++;
        var body = ParseBody(tag, "else", "endfor");
        _loops--;
        List<Statement> otherwise = [];
        if (_tokens.Take().Text == "else")
        {
            EndTag();
            otherwise = ParseBody(tag, "endfor");
            _tokens.Take();
        }

        EndTag();
        return new ForStatement(tag.Offset, target, new LoopSource(items, condition, isRecursive), body, otherwise);
    }

    private Statement ParseSet(JinjaToken tag)
    {
        var target = _expressions.ParseTarget(allowAttribute: true);
        if (_tokens.Skip("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new SetStatement(tag.Offset, target, value);
        }

        List<FilterExpression> filters = _tokens.Skip("|") ? _expressions.ParseBlockFilters() : [];
        return new SetBlockStatement(tag.Offset, target, filters, ParseOutsideLoops(() => ParseClosed(tag)));
    }

    private MacroStatement ParseMacro(JinjaToken tag)
    {
        var name = _tokens.Expect(JinjaTokenKind.Name, "the name of the macro");
        var parameters = ParseParameters();
        int callers = _expressions.CallerCount;
        var body = ParseOutsideLoops(() => ParseClosed(tag));
        return new MacroStatement(tag.Offset, name.Text, new MacroBody(tag.Offset, parameters, body) { UsesCaller = _expressions.CallerCount > callers });
    }

    private CallStatement ParseCall(JinjaToken tag)
    {
        List<(string, Expression?)> parameters = _tokens.IsOperator("(") ? ParseParameters() : [];
        if (_expressions.ParseExpression() is not CallExpression call)
            throw new JinjaException(tag.Offset, "'call' needs the call of a macro");
        return new CallStatement(tag.Offset, call, new MacroBody(tag.Offset, parameters, ParseOutsideLoops(() => ParseClosed(tag))));
    }

    private WithStatement ParseWith(JinjaToken tag)
    {
        var variables = new List<(AssignmentTarget, Expression)>();
        while (_tokens.Current.Kind != JinjaTokenKind.BlockEnd)
        {
            if (variables.Count > 0)
                _tokens.ExpectOperator(",");
            var name = _tokens.Expect(JinjaTokenKind.Name, "a name");
            _tokens.ExpectOperator("=");
            variables.Add((new AssignmentTarget(new NameExpression(name.Offset, name.Text)), _expressions.ParseExpression()));
        }

        return new WithStatement(tag.Offset, variables, ParseClosed(tag));
    }

    private List<(string Name, Expression? Default)> ParseParameters()
    {
        var parameters = new List<(string, Expression?)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.Skip(")"))
        {
            if (parameters.Count > 0)
                _tokens.ExpectOperator(",");
            var name = _tokens.Expect(JinjaTokenKind.Name, "the name of a parameter");
            parameters.Add((name.Text, _tokens.Skip("=") ? _expressions.ParseExpression() : null));
        }

        return parameters;
    }

    // A block that is called back, or whose text is kept, cannot leave the loop around it.
    private List<Statement> ParseOutsideLoops(Func<List<Statement>> parse)
    {
        int loops = _loops;
        _loops = 0;
        var body = parse();
        _loops = loops;
        return body;
    }
}
