namespace ModelOps.Engine.Tokenization;

/// <summary>A token that is found in the text as a whole, before anything else is done to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Only where no word character touches it.</param>
/// <param name="LStrip">Takes the white space on its left.</param>
/// <param name="RStrip">Takes the white space on its right.</param>
/// <param name="Normalized">Looked for in the normalized text, in its own normalized form.</param>
/// <param name="Special">Left out where a text is decoded without special tokens.</param>
public sealed record AddedToken(int Id, string Content, bool SingleWord, bool LStrip, bool RStrip, bool Normalized, bool Special);
