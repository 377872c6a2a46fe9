using System.Text;
using TinyBase.Corpus;
using TinyBase.Tokenizer;
using TinyBase.Training;

namespace TinyBase;

/// <summary>Makes <c>sample-repo/models/tiny-base</c>: generate (look at the corpus), tokenizer, train, probe, card.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        switch (args.FirstOrDefault())
        {
            case "generate":
                Generate(int.Parse(args[1]), args.Length > 2 ? int.Parse(args[2]) : 0);
                return 0;
            case "tokenizer":
                TokenizerFiles.Write(args[1], Vocabulary.Learn());
                return 0;
            case "train":
                new BaseTraining(args[1], int.Parse(args[2])).Run();
                return 0;
            case "probe":
                BaseTraining.Measure(args[1], int.Parse(args[2]), int.Parse(args[3])).ToList().ForEach(Console.WriteLine);
                return 0;
            case "show":
                BaseTraining.Answers(args[1], int.Parse(args[2]), int.Parse(args[3])).ToList().ForEach(Console.WriteLine);
                return 0;
            case "card":
                ModelCard.Write(args[1], int.Parse(args[2]), int.Parse(args[3]));
                return 0;
            default:
                Console.Error.WriteLine("usage: generate COUNT [FIRST] | tokenizer FOLDER | train FOLDER THREADS | probe FOLDER THREADS ROWS | card FOLDER THREADS ROWS | show FOLDER THREADS ROWS");
                return 2;
        }
    }

    private static void Generate(int count, int first)
    {
        var text = new StringBuilder();
        for (int i = first; i < first + count; i++)
        {
            var document = CorpusGenerator.Training(Recipe.Seed, i);
            text.Append("##### ").Append(i).Append(' ').Append(document.Task).Append('\n').Append(ChatText.Render(document)).Append('\n');
        }

        Console.Write(text);
    }
}
