package kex

import (
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"io"
)

// encapsulationSeedSize is the randomness of an encapsulation. FIPS 203, Section 7.2.
const encapsulationSeedSize = 32

// mlkem768 is ML-KEM-768 of FIPS 203: the client's share is the encapsulation key, the server's the
// ciphertext.
type mlkem768 struct{}

func (mlkem768) generate(rand io.Reader) (private, error) {
	seed, err := draw(rand, mlkem.SeedSize)
	if err != nil {
		return nil, err
	}
	key, err := mlkem.NewDecapsulationKey768(seed)
	if err != nil {
		return nil, &Error{Kind: BadRandomness, Err: err}
	}
	return mlkemKey{key, key.EncapsulationKey().Bytes(), mlkem.CiphertextSize768}, nil
}

func (mlkem768) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	if len(clientShare) != mlkem.EncapsulationKeySize768 {
		return nil, nil, &Error{Kind: BadLength, Got: len(clientShare), Want: mlkem.EncapsulationKeySize768}
	}
	key, err := mlkem.NewEncapsulationKey768(clientShare)
	if err != nil {
		return nil, nil, &Error{Kind: BadEncapsulation}
	}
	seed, err := draw(rand, encapsulationSeedSize)
	if err != nil {
		return nil, nil, err
	}
	// The package's name warns of a seed that is not random. It is the only way to bring one's own.
	secret, ciphertext, err := mlkemtest.Encapsulate768(key, seed)
	if err != nil {
		return nil, nil, &Error{Kind: Unsupported, Err: err}
	}
	return ciphertext, secret, nil
}

// mlkem1024 is ML-KEM-1024 of FIPS 203.
type mlkem1024 struct{}

func (mlkem1024) generate(rand io.Reader) (private, error) {
	seed, err := draw(rand, mlkem.SeedSize)
	if err != nil {
		return nil, err
	}
	key, err := mlkem.NewDecapsulationKey1024(seed)
	if err != nil {
		return nil, &Error{Kind: BadRandomness, Err: err}
	}
	return mlkemKey{key, key.EncapsulationKey().Bytes(), mlkem.CiphertextSize1024}, nil
}

func (mlkem1024) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	if len(clientShare) != mlkem.EncapsulationKeySize1024 {
		return nil, nil, &Error{Kind: BadLength, Got: len(clientShare), Want: mlkem.EncapsulationKeySize1024}
	}
	key, err := mlkem.NewEncapsulationKey1024(clientShare)
	if err != nil {
		return nil, nil, &Error{Kind: BadEncapsulation}
	}
	seed, err := draw(rand, encapsulationSeedSize)
	if err != nil {
		return nil, nil, err
	}
	secret, ciphertext, err := mlkemtest.Encapsulate1024(key, seed)
	if err != nil {
		return nil, nil, &Error{Kind: Unsupported, Err: err}
	}
	return ciphertext, secret, nil
}

type mlkemKey struct {
	key            interface{ Decapsulate([]byte) ([]byte, error) }
	share          []byte
	ciphertextSize int
}

func (k mlkemKey) public() []byte { return k.share }

// agree never tells a wrong ciphertext of the right length: it gives another secret then, and the
// handshake fails later. FIPS 203, Section 6.3.
func (k mlkemKey) agree(ciphertext []byte) ([]byte, error) {
	if len(ciphertext) != k.ciphertextSize {
		return nil, &Error{Kind: BadLength, Got: len(ciphertext), Want: k.ciphertextSize}
	}
	return k.key.Decapsulate(ciphertext)
}
