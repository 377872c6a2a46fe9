namespace TinyBase.Corpus;

/// <summary>One message of a conversation.</summary>
internal sealed record Turn(string Role, string Content)
{
    public static Turn System(string content) => new("system", content);
    public static Turn User(string content) => new("user", content);
    public static Turn Assistant(string content) => new("assistant", content);
}

/// <summary>
/// What the model reads: plain text, or a conversation of which the answers are learnt. <paramref name="LabelSets"/> lists the options that
/// the episode offered, for the check against the sample data.
/// </summary>
internal sealed record Document(string Task, string? Text, IReadOnlyList<Turn> Turns, IReadOnlyList<IReadOnlyList<string>> LabelSets)
{
    public static Document Plain(string task, string text) => new(task, text, [], []);

    public static Document Chat(string task, params IReadOnlyList<Turn> turns) => new(task, null, turns, []);

    public static Document Ask(string task, string question, string answer) => Chat(task, Turn.User(question), Turn.Assistant(answer));

    public Document With(params IReadOnlyList<IReadOnlyList<string>> labelSets) => this with { LabelSets = labelSets };
}
