using System.Collections.Concurrent;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Generation.Constraints;
using ModelOps.Engine.Models;

namespace ModelOps.Runtime;

/// <summary>A base model that is open once in this process, for all packages that stand on it: weights, tokenizer, template, and the loop that answers.</summary>
internal sealed class OpenModel : IDisposable
{
    private const int MaximumKeptConstraints = 16; // compiling takes longer than a short answer, and most callers have one schema
    private const long SmallHeap = 128L << 20; // of an app that has just started; collecting a larger one would hold up its work
    private readonly ConcurrentDictionary<string, JsonConstraint> _constraints = new(StringComparer.Ordinal);
    private int _tidied;

    private OpenModel(ChatModel chat, BatchLoop loop)
    {
        Chat = chat;
        Answers = loop;
    }

    public ChatModel Chat { get; }

    public BatchLoop Answers { get; }

    public static OpenModel Open(string folder, ModelRuntimeOptions options)
    {
        ChatModel chat = ChatModel.Open(folder);
        try
        {
            return new OpenModel(chat, new BatchLoop(chat.Model, Loop(options)));
        }
        catch
        {
            chat.Dispose();
            throw;
        }
    }

    public static BatchLoopOptions Loop(ModelRuntimeOptions options)
        => new() { Threads = options.Threads, MaxBatchRows = options.MaxConcurrency, MaxCacheBytes = options.CacheBytes };

    public LoraAdapter Adapter(string folder) => LoraAdapter.Load(folder, Chat.Model.Config);

    /// <param name="schema">Null for any JSON object.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7008</c>: the schema is outside of the subset.</exception>
    public JsonConstraint Constraint(string? schema, string package)
    {
        string key = schema ?? "";
        if (_constraints.TryGetValue(key, out JsonConstraint? known))
        {
            return known;
        }

        try
        {
            JsonConstraint constraint = schema is null ? Chat.ConstrainToObject() : Chat.Constrain(schema);
            if (_constraints.Count >= MaximumKeptConstraints)
            {
                _constraints.Clear();
            }

            return _constraints.GetOrAdd(key, constraint);
        }
        catch (JsonSchemaException e)
        {
            throw new DiagnosticException(ConsumeErrors.CannotAnswer(package, e.Message), e);
        }
    }

    /// <summary>Gives back what reading left behind, the first time a package is open: the text of the tokenizer, the files of the adapter. No later collection may come to do it,
    /// because answering leaves next to no garbage.</summary>
    public void Tidy()
    {
        if (Interlocked.Exchange(ref _tidied, 1) == 0 && GC.GetTotalMemory(forceFullCollection: false) < SmallHeap)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    public void Dispose()
    {
        Answers.Dispose();
        Chat.Dispose();
    }
}
