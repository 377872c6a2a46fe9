using System.Text;
using ModelOps.Engine.Models;
using TinyBase.Corpus;

namespace TinyBase.Training;

/// <summary>Writes the model's README.md from the recipe and from what was measured.</summary>
internal static class ModelCard
{
    public static void Write(string folder, int threads, int rows)
    {
        var measured = BaseTraining.Measure(folder, threads, rows).ToList();
        var architecture = Recipe.Architecture;
        var lexicon = Lexicon.Default;
        long weights = new FileInfo(Path.Combine(folder, "model.safetensors")).Length;
        var text = new StringBuilder();
        text.Append($"""
            ---
            license: mit
            language: en
            library_name: transformers
            pipeline_tag: text-generation
            tags: [llama, tiny, synthetic]
            ---
            # tiny-base

            A language model of {architecture.ParameterCount:N0} parameters ({weights:N0} bytes in bf16), small enough to train and to run in a build on
            two cores. It is the base of the sample adapters: it knows everyday English words and what belongs together, and the form of
            instructions, options, examples and JSON records. It is a tool for demonstrations and tests, not an assistant.

            - **Architecture**: Llama; hidden size {architecture.HiddenSize}, {architecture.LayerCount} layers, {architecture.HeadCount} heads of {architecture.HeadSize} ({architecture.KeyValueHeadCount} for keys and values), feed-forward {architecture.IntermediateSize}, tied head.
            - **Tokenizer**: byte-level BPE, {architecture.VocabularySize} tokens, learnt from the same corpus. Chat format: `<|im_start|>role`, content, `<|im_end|>`.
            - **Data**: only text written by the generator in `eng/TinyBase`: {lexicon.Topics.Count} topics in {lexicon.Domains.Count} domains with hand-written words, put together by
              templates. No text of anybody else, no personal data (the names are invented), no sentence, template or label set of the samples (a test compares them).
            - **Training**: {Recipe.Documents:N0} documents read once, {Recipe.Phases.Sum(p => p.Steps):N0} steps ({string.Join(", ", Recipe.Phases.Select(p => $"{p.Name} {p.Steps}"))}), AdamW, seed {Recipe.Seed};
              the loss counts answers and plain text, not questions. Ahead of the phase "grown" every layer gets a key/value head that starts with the habit
              of looking back (`GrownModel.cs`). The program's `tokenizer` and `train` repeat it; the run was stopped and continued between phases, and has not been repeated as a whole.
              Rows longer than {Recipe.MaxTrainingLength} tokens were never seen.

            ## What it can and cannot do

            Greedy answers, compared word for word, on {rows} tasks of each kind that training never saw. "New names" are labels that stood for no
            option in training, "new topics" are subjects of which training had plain text alone. Chance guesses among the options.
            Measured: {measured[0]}.

            | Task | Rows | Right | Chance | Most frequent answer | Valid JSON |
            |---|---:|---:|---:|---:|---:|

            """);
        foreach (string line in measured.Skip(1))
            text.Append(line).Append('\n');
        text.Append("""

            Labels that it has never used as such it hardly takes over from a prompt, and examples do not help it there: it is no better than chance.
            Read the table as what prompting can get out of it; fine-tuning is what it is for. It has no knowledge of the world beyond its word lists,
            does not reason, count or calculate, speaks no language but simple English, and invents an answer where it knows none. Words outside
            its corpus are spelt from pieces that mean little to it. Do not use it for decisions about people.

            MIT licence, see LICENSE.

            """);
        File.WriteAllText(Path.Combine(folder, "README.md"), text.ToString());
    }
}
