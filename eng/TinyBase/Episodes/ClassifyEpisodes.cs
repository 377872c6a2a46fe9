using System.Text;
using TinyBase.Corpus;

namespace TinyBase.Episodes;

/// <summary>Episodes around a schema: one question, instructions ahead of many texts, examples within one message.</summary>
internal static class ClassifyEpisodes
{
    private static readonly string[] s_exampleIntros =
        ["Examples:", "Some examples:", "Here is how it is done:", "These are solved already:", "For instance:", "", "Follow the examples."];
    private static readonly string[] s_nextIntros = ["Now this one:", "Your turn:", "", "", "The next text:", "Go on."];

    /// <summary>One text, no example. The question comes ahead of the text, after it, or as the system's message.</summary>
    public static Document ZeroShot(string task, Schema schema, bool json, Rng rng)
    {
        var prompt = new SchemaPrompt(schema, json, rng);
        var passage = schema.Write(rng);
        string text = prompt.Frame(passage), answer = prompt.Answer(passage);
        Turn[] turns = rng.Next(10) switch
        {
            < 4 => [Turn.System(prompt.Instruction.Trim()), Turn.User(text), Turn.Assistant(answer)],
            < 8 => [Turn.User(Join(prompt.Instruction, text, rng)), Turn.Assistant(answer)],
            _ => [Turn.User(Join(text, prompt.Instruction.Trim(), rng)), Turn.Assistant(answer)],
        };
        return Document.Chat(task, turns).With(schema.LabelSets);
    }

    /// <summary>One instruction and several texts in turn: the first is answered without examples, the others with the ones before.</summary>
    public static Document Turns(string task, Schema schema, bool json, int count, Rng rng)
    {
        var prompt = new SchemaPrompt(schema, json, rng);
        var turns = new List<Turn>();
        bool system = rng.Chance(75);
        if (system)
            turns.Add(Turn.System(prompt.Instruction.Trim()));
        for (int i = 0; i < count; i++)
        {
            var passage = schema.Write(rng);
            string text = prompt.Frame(passage);
            turns.Add(Turn.User(i == 0 && !system ? Join(prompt.Instruction, text, rng) : text));
            turns.Add(Turn.Assistant(prompt.Answer(passage)));
        }

        return Document.Chat(task, turns).With(schema.LabelSets);
    }

    /// <summary>Examples and the text in one message of the user.</summary>
    public static Document FewShot(string task, Schema schema, bool json, int examples, Rng rng)
    {
        var prompt = new SchemaPrompt(schema, json, rng);
        var text = new StringBuilder();
        string intro = rng.Pick(s_exampleIntros), next = rng.Pick(s_nextIntros), gap = rng.Chance(50) ? "\n\n" : "\n";
        bool system = rng.Chance(40);
        if (!system)
            text.Append(prompt.Instruction.Trim()).Append(gap);
        if (intro.Length > 0)
            text.Append(intro).Append('\n');
        for (int i = 0; i < examples; i++)
            text.Append(prompt.Example(schema.Write(rng))).Append(gap);
        if (next.Length > 0)
            text.Append(next).Append('\n');
        var passage = schema.Write(rng);
        text.Append(prompt.OpenExample(passage));
        List<Turn> turns = system ? [Turn.System(prompt.Instruction.Trim())] : [];
        turns.Add(Turn.User(text.ToString()));
        turns.Add(Turn.Assistant(prompt.Answer(passage)));
        return Document.Chat(task, turns).With(schema.LabelSets);
    }

    /// <summary>Several numbered texts at once: many labels for few words of instruction.</summary>
    public static Document Lines(Schema schema, int count, Rng rng)
    {
        var prompt = new SchemaPrompt(schema, false, rng);
        var lines = new StringBuilder(prompt.Instruction.Trim()).Append('\n');
        var answers = new List<string>();
        string mark = rng.PickOf(". ", ") ", ": ");
        for (int i = 1; i <= count; i++)
        {
            var passage = schema.Write(rng);
            lines.Append(i).Append(mark).Append(passage.Text).Append('\n');
            answers.Add(i + mark + prompt.Answer(passage));
        }

        return Document.Ask("lines", lines.ToString().Trim(), string.Join('\n', answers)).With(schema.LabelSets);
    }

    private static string Join(string first, string second, Rng rng) =>
        first.EndsWith('\n') ? first + second : first + (rng.Chance(60) ? "\n" : " ") + second;
}
